"""The account at a provider as its form gives it: one check per field, nothing trusted."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from clientportal.channels import outside
from clientportal.channels.smtp_email import BadUrl, Server, server_of
from clientportal.domain import messages as rules
from clientportal.domain.errors import Invalid
from clientportal.services import company_fields
from clientportal.settings import settings
from clientportal.storage.models import Channel

PROVIDERS: dict[Channel, tuple[str, ...]] = {
    Channel.EMAIL: ("resend", "smtp"),
    Channel.WHATSAPP: ("whatsapp",),
}
"""By which accounts of its own a company can send on a channel."""
SECRETS: dict[str, tuple[str, ...]] = {
    "resend": ("api_key", "webhook_secret"),
    "smtp": ("password", "bounce_token"),
    "whatsapp": ("token", "app_secret", "verify_token"),
}
"""Fields that are sealed; an empty one keeps what is stored."""
SECURITIES = ("starttls", "tls", "none")
LONGEST_SECRET = 1_000
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_MARK = "{mark}"


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """An account, checked. `secrets` in the clear: seal them, never show them."""

    from_address: str = ""
    from_name: str = ""
    external_id: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


def checked(provider: str, typed: Mapping[str, str], kept: Mapping[str, str]) -> ProviderAccount:
    """The account of a form over what is kept of the same provider ({} for none).

    Raises Invalid with the field: "required", "too_long", "email_invalid", "secret_invalid",
    "api_key_invalid", "webhook_secret_invalid", "smtp_host_invalid", "smtp_host_local",
    "smtp_port_invalid", "smtp_password_clear", "smtp_password_again", "choice_invalid",
    "return_path_invalid", "phone_number_id_invalid".
    """
    if provider == "resend":
        return _resend(typed, kept)
    if provider == "smtp":
        return _smtp(typed, kept)
    return _whatsapp(typed, kept)


def shown(provider: str, secrets: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What a page may show of opened secrets: (plain parts of them, secret parts in the clear).

    The second is for `credentials.masked` alone.
    """
    if provider != "smtp":
        return {}, {name: secrets.get(name, "") for name in SECRETS.get(provider, ())}
    server = _server(secrets)
    hidden = {"password": server.password, "bounce_token": secrets.get("bounce_token", "")}
    port = str(server.port) if server.host else ""
    plain = {"host": server.host, "port": port, "security": server.security, "user": server.user}
    return plain, hidden


def _resend(typed: Mapping[str, str], kept: Mapping[str, str]) -> ProviderAccount:
    key = _secret(typed, kept, "api_key", required=True)
    if not key.startswith("re_"):
        raise Invalid(code="api_key_invalid", field="api_key")
    signing = _secret(typed, kept, "webhook_secret")
    if signing and not _is_signing_secret(signing):
        raise Invalid(code="webhook_secret_invalid", field="webhook_secret")
    address, name = _sender(typed)
    return ProviderAccount(address, name, secrets={"api_key": key, "webhook_secret": signing})


def _smtp(typed: Mapping[str, str], kept: Mapping[str, str]) -> ProviderAccount:
    host = company_fields.text(typed.get("host", ""), "host", longest=253)
    if not _HOST.fullmatch(host) and not _is_ip(host):
        raise Invalid(code="smtp_host_invalid", field="host")
    if settings().is_production and _is_this_machine(host):
        raise Invalid(code="smtp_host_local", field="host")
    port = typed.get("port", "").strip()
    if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65_535):
        raise Invalid(code="smtp_port_invalid", field="port")
    security = typed.get("security", "")
    if security not in SECURITIES:
        raise Invalid(code="choice_invalid", field="security", value=security[:20])
    user = company_fields.text(typed.get("user", ""), "user", longest=254, required=False)
    password = _password(host, user, typed, kept)
    shown_host = f"[{host}]" if ":" in host else host
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    scheme = "smtps" if security == "tls" else "smtp"
    url = f"{scheme}://{login}{shown_host}:{int(port)}?security={security}"
    try:
        server_of(url)
    except BadUrl as error:
        code = "smtp_password_clear" if "clear" in str(error) else "smtp_host_invalid"
        where = "security" if "clear" in str(error) else "host"
        raise Invalid(code=code, field=where) from error
    address, name = _sender(typed)
    token = _secret(typed, kept, "bounce_token")
    return ProviderAccount(
        address,
        name,
        secrets={"url": url, "bounce_token": token},
        options={"return_path": _return_path(typed.get("return_path", ""))},
    )


def _whatsapp(typed: Mapping[str, str], kept: Mapping[str, str]) -> ProviderAccount:
    number = typed.get("phone_number_id", "").strip()
    if not number:
        raise Invalid(code="required", field="phone_number_id")
    if not (number.isascii() and number.isdigit() and 5 <= len(number) <= 20):
        raise Invalid(code="phone_number_id_invalid", field="phone_number_id")
    secrets = {
        name: _secret(typed, kept, name, required=name == "token") for name in SECRETS["whatsapp"]
    }
    return ProviderAccount(external_id=number, secrets=secrets)


def _secret(
    typed: Mapping[str, str], kept: Mapping[str, str], name: str, *, required: bool = False
) -> str:
    """What was typed, else what is kept."""
    text = typed.get(name, "").strip()
    if not text:
        if required and not kept.get(name):
            raise Invalid(code="required", field=name)
        return kept.get(name, "")
    if len(text) > LONGEST_SECRET or not text.isascii() or any(char.isspace() for char in text):
        raise Invalid(code="secret_invalid", field=name, longest=LONGEST_SECRET)
    return text


def _password(host: str, user: str, typed: Mapping[str, str], kept: Mapping[str, str]) -> str:
    """The password of the user; the stored one goes to the server that it was typed for alone."""
    text = typed.get("password", "")
    if len(text) > LONGEST_SECRET or not text.isprintable():
        raise Invalid(code="secret_invalid", field="password", longest=LONGEST_SECRET)
    if text or not user:
        return text
    server = _server(kept)
    if not server.password:
        raise Invalid(code="required", field="password")
    if (server.host, server.user) != (host.lower(), user):
        raise Invalid(code="smtp_password_again", field="password")
    return server.password


def _server(secrets: Mapping[str, str]) -> Server:
    try:
        return server_of(secrets.get("url", ""))
    except BadUrl:
        return Server("", 0, "starttls")


def _sender(typed: Mapping[str, str]) -> tuple[str, str]:
    """(address, name) of the From header."""
    name = company_fields.text(typed.get("from_name", ""), "from_name", longest=200, required=False)
    given = company_fields.text(typed.get("from_address", ""), "from_address", longest=254)
    return _address(given, "from_address"), rules.header(name, 200)


def _return_path(text: str) -> str:
    """An address whose `{mark}` becomes each message's own (VERP); "" for none."""
    path = text.strip()
    if not path:
        return ""
    if path.count(_MARK) != 1 or _MARK not in path.partition("@")[0]:
        raise Invalid(code="return_path_invalid", field="return_path", mark=_MARK)
    _address(path.replace(_MARK, "m0"), "return_path")
    return path


def _address(text: str, name: str) -> str:
    try:
        return rules.address(text)
    except Invalid as error:
        raise Invalid(code=error.error_code, field=name) from error


def _is_signing_secret(text: str) -> bool:
    """`whsec_` and base64 (contracts/messaging.md §1.5)."""
    if not text.startswith("whsec_"):
        return False
    try:
        return len(base64.b64decode(text.removeprefix("whsec_"), validate=True)) >= 16
    except (binascii.Error, ValueError):
        return False


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_this_machine(host: str) -> bool:
    """Names of this machine and addresses of its network, which no company's server may have.

    Where any other name leads is seen when the connection is made.
    """
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    address = outside.literal(host)
    return address is not None and not outside.is_outside(address)
