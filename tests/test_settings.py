"""Configuration: what production refuses, what development makes by itself."""

from pathlib import Path

import pytest

from clientportal.commands.serve import require_servable
from clientportal.settings import ConfigurationError, Settings


def made(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    """Settings of an environment that holds exactly these."""
    monkeypatch.delenv("CLIENTPORTAL_ENV", raising=False)
    monkeypatch.delenv("CLIENTPORTAL_SECRET_KEY", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(f"CLIENTPORTAL_{name}", value)
    return Settings()


def test_production_is_the_default_and_refuses_to_start_without_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = made(monkeypatch)
    assert chosen.is_production
    with pytest.raises(ConfigurationError, match="SECRET_KEY is not set"):
        require_servable(chosen)


def test_a_short_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="32"):
        made(monkeypatch, SECRET_KEY="short").secret()


def test_development_makes_its_key_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = made(monkeypatch, ENV="development", DATA_DIR=str(tmp_path / "x"))
    assert len(first.secret()) >= 32
    assert first.secret() == made(monkeypatch, ENV="development").secret()
    assert (tmp_path / "x" / "secret.key").stat().st_mode & 0o077 == 0


def test_the_database_is_a_file_in_the_data_folder_unless_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = made(monkeypatch, DATA_DIR=str(tmp_path))
    assert chosen.database_url == f"sqlite:///{tmp_path}/clientportal.db"
    named = made(monkeypatch, DATABASE_URL="postgres://u@db/portal")
    assert named.database_url == "postgresql+psycopg://u@db/portal"


def test_origins_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = made(monkeypatch, PUBLIC_URL="https://portal.example/")
    assert chosen.allowed_origins == ("https://portal.example",)
    assert chosen.session_cookie == "__Host-session"
    local = made(monkeypatch, PUBLIC_URL="", ENV="development", PORT="3017")
    assert set(local.allowed_origins) == {"http://localhost:3017", "http://127.0.0.1:3017"}
    assert local.session_cookie == "session"


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({"ENV": "development", "DEMO": "1"}, True),
        ({"ENV": "development", "DEMO": "1", "HOST": "0.0.0.0"}, False),
        ({"ENV": "development", "DEMO": "0"}, False),
        ({"ENV": "production", "DEMO": "1"}, False),
    ],
)
def test_demo_tools_need_development_demo_and_loopback(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], *, shown: bool
) -> None:
    assert made(monkeypatch, **variables).shows_demo_tools is shown


def test_several_web_workers_need_redis_and_a_worker_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = "x" * 40
    with pytest.raises(ConfigurationError, match="REDIS_URL"):
        require_servable(made(monkeypatch, SECRET_KEY=key, WEB_WORKERS="2"))
    with pytest.raises(ConfigurationError, match="worker"):
        require_servable(
            made(monkeypatch, SECRET_KEY=key, WEB_WORKERS="2", REDIS_URL="redis://127.0.0.1/1")
        )
    require_servable(
        made(
            monkeypatch,
            SECRET_KEY=key,
            WEB_WORKERS="2",
            REDIS_URL="redis://127.0.0.1/1",
            JOBS="separate",
        )
    )
