"""Reports of the security policy: kept, and limited by network address."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clientportal.limits import Limiter
from clientportal.settings import settings
from clientportal.web import health


def test_an_address_that_floods_is_refused_and_others_are_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLIENTPORTAL_TRUSTED_PROXY_HOPS", "1")
    settings.cache_clear()
    monkeypatch.setattr(health, "_per_address", Limiter(rate=0.001, burst=3))
    site = TestClient(Starlette(routes=health.routes()))

    def report(address: str) -> int:
        return site.post(
            "/csp-report", content=b"{}", headers={"x-forwarded-for": address}
        ).status_code

    assert [report("203.0.113.1") for _ in range(5)] == [204, 204, 204, 429, 429]
    assert report("203.0.113.2") == 204
    # One network of IPv6 counts as one.
    assert [report(f"2001:db8::{n}") for n in range(5)] == [204, 204, 204, 429, 429]
