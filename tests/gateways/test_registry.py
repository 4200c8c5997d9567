"""Opening a company's account at a gateway, with the keys that our own sandbox host accepts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clientportal.gateways import registry, sandbox_host
from clientportal.gateways.base import Gateway
from clientportal.gateways.sandbox import Sandbox
from clientportal.gateways.sandbox_host import keys
from clientportal.settings import settings

SECRET = "an installation's secret of at least 32 characters"


@pytest.fixture(autouse=True)
def installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("CLIENTPORTAL_SECRET_KEY", SECRET)
    monkeypatch.setenv("CLIENTPORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CLIENTPORTAL_PUBLIC_URL", "https://portal.example")
    monkeypatch.delenv("CLIENTPORTAL_SANDBOX_GATEWAY_URL", raising=False)
    settings.cache_clear()
    sandbox_host.application.cache_clear()
    yield
    settings.cache_clear()
    sandbox_host.application.cache_clear()


def test_a_company_without_credentials_gets_keys_of_its_own() -> None:
    gateway = registry.gateway("sandbox", account="papelera", credentials={})
    assert isinstance(gateway, Gateway)
    assert isinstance(gateway, Sandbox)
    assert not gateway.capabilities.real_money
    host = sandbox_host.application().state.host
    assert keys.account_of(host.secret, keys.api_key(SECRET.encode(), "papelera")) == "papelera"
    assert keys.signing_secret(host.secret, "papelera") != keys.signing_secret(host.secret, "otra")


def test_our_own_host_shows_the_checkout_on_the_public_address(tmp_path: Path) -> None:
    host = sandbox_host.application().state.host
    assert host.public_url == "https://portal.example"
    assert host.checkout_url == f"https://portal.example{sandbox_host.mount_path()}"
    assert sandbox_host.mount_path().startswith("/sandbox")
    assert (tmp_path / sandbox_host.DATABASE).exists()


def test_an_unknown_gateway_is_an_error() -> None:
    with pytest.raises(KeyError):
        registry.gateway("bogus", account="papelera", credentials={})
