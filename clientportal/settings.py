"""Configuration from the environment (prefix CLIENTPORTAL_), read once per process (DESIGN §5)."""

import base64
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRET_BYTES = 32


class ConfigurationError(Exception):
    """The environment cannot be served; the message tells the operator what to set."""


class Settings(BaseSettings):
    """One field per variable: `env` is CLIENTPORTAL_ENV and so on."""

    model_config = SettingsConfigDict(
        env_prefix="CLIENTPORTAL_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    env: Literal["production", "development"] = "production"
    demo: bool = False
    instance: str = ""
    data_dir: Path = Path("data")
    database_url: str = ""
    redis_url: str = ""
    secret_key: SecretStr = SecretStr("")
    old_secret_keys: SecretStr = SecretStr("")

    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=1, le=65535)
    public_url: str = ""
    trusted_proxy_hops: int = Field(default=0, ge=0, le=10)
    web_workers: int = Field(default=1, ge=1, le=64)
    jobs: Literal["embedded", "separate"] = "embedded"
    metrics_token: SecretStr = SecretStr("")

    default_language: Literal["es", "en"] = "es"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    body_limit_bytes: int = Field(default=30_000_000, ge=10_000)
    tab_events_per_second: float = Field(default=30, gt=0)
    tab_events_burst: int = Field(default=60, ge=1)
    principal_events_per_second: float = Field(default=300, gt=0)
    new_tabs_per_second: float = Field(default=5, gt=0)
    new_tabs_burst: int = Field(default=50, ge=1)

    mail: Literal["outbox", "smtp", "resend"] = "outbox"
    mail_from: str = "clientportal@localhost"
    resend_api_key: SecretStr = SecretStr("")
    resend_api_url: str = "https://api.resend.com"
    resend_webhook_secret: SecretStr = SecretStr("")
    smtp_url: SecretStr = SecretStr("")
    smtp_return_path: str = ""
    smtp_bounce_token: SecretStr = SecretStr("")

    whatsapp_token: SecretStr = SecretStr("")
    whatsapp_phone_number_id: str = ""
    whatsapp_app_secret: SecretStr = SecretStr("")
    whatsapp_verify_token: SecretStr = SecretStr("")
    whatsapp_api_url: str = "https://graph.facebook.com"

    sandbox_gateway_url: str = ""
    wompi_url: str = "https://production.wompi.co/v1"
    mercadopago_url: str = "https://api.mercadopago.com"
    payu_url: str = "https://api.payulatam.com"
    stripe_url: str = "https://api.stripe.com"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Fill what follows from other fields, so readers never repeat the rule."""
        changes: dict[str, object] = {"data_dir": self.data_dir.absolute()}
        if not self.database_url:
            changes["database_url"] = f"sqlite:///{self.data_dir.absolute() / 'clientportal.db'}"
        elif self.database_url.startswith(("postgresql://", "postgres://")):
            rest = self.database_url.partition("://")[2]
            changes["database_url"] = f"postgresql+psycopg://{rest}"
        changes["public_url"] = (self.public_url or f"http://localhost:{self.port}").rstrip("/")
        if not self.sandbox_gateway_url:
            changes["sandbox_gateway_url"] = f"http://127.0.0.1:{self.port}/sandbox"
        for name, value in changes.items():
            object.__setattr__(self, name, value)
        return self

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def is_loopback(self) -> bool:
        return self.host in {"127.0.0.1", "::1", "localhost"}

    @property
    def shows_demo_tools(self) -> bool:
        """One-click sign-in and the local mailbox: development, demo and loopback only."""
        return not self.is_production and self.demo and self.is_loopback

    @property
    def session_cookie(self) -> str:
        """Name of the identity cookie; __Host- ties it to one https host (RFC 6265bis)."""
        return "__Host-session" if self.is_https else "session"

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Exact origins that may open the socket or post a form."""
        if self.is_production:
            return (self.public_url,)
        local = tuple(f"http://{name}:{self.port}" for name in ("localhost", "127.0.0.1"))
        return tuple(dict.fromkeys((self.public_url, *local)))

    def secret(self) -> bytes:
        """The key from which every other key is derived, at least 32 bytes.

        In development it is made once under `data_dir`. Raises ConfigurationError when production
        has none or it is too short.
        """
        given = self.secret_key.get_secret_value()
        if given:
            if len(given) < SECRET_BYTES:
                raise ConfigurationError("CLIENTPORTAL_SECRET_KEY needs at least 32 characters.")
            return given.encode()
        if self.is_production:
            raise ConfigurationError(
                "CLIENTPORTAL_SECRET_KEY is not set. Make one with:"
                " python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return _development_secret(self.data_dir / "secret.key")


def _development_secret(path: Path) -> bytes:
    """Read the key of this data directory, or make it; two processes may start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)))
        try:
            os.link(fresh, path)  # fails when the other process was first: its key stays
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process; tests call `settings.cache_clear()` after a change."""
    return Settings()
