"""Which gateways exist, and how one is opened for a company."""

from collections.abc import Callable, Mapping
from functools import cache

import httpx

from clientportal.gateways.base import Gateway
from clientportal.gateways.sandbox import Sandbox
from clientportal.gateways.sandbox_host import keys
from clientportal.settings import settings

TIMEOUT_S = 8.0


@cache
def _client(base_url: str) -> httpx.Client:
    """One pooled client per provider and process; no proxy and no redirect is followed."""
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=20)
    return httpx.Client(base_url=base_url, timeout=TIMEOUT_S, limits=limits, trust_env=False)


def _sandbox(account: str, credentials: Mapping[str, str]) -> Gateway:
    conf = settings()
    api_key = credentials.get("api_key") or keys.api_key(conf.secret(), account)
    signing = credentials.get("signing_secret") or keys.signing_secret(conf.secret(), account)
    return Sandbox(_client(conf.sandbox_gateway_url), api_key=api_key, signing_secret=signing)


_FACTORIES: dict[str, Callable[[str, Mapping[str, str]], Gateway]] = {"sandbox": _sandbox}
CODES = tuple(_FACTORIES)
TEST_CODES = frozenset({"sandbox"})
"""Gateways without real money: refused in production unless the company is marked *test*."""


def gateway(code: str, *, account: str, credentials: Mapping[str, str]) -> Gateway:
    """Open a company's account at a gateway; raises KeyError for a code that is not in CODES.

    `account` is the company's slug; `credentials` are the company's own, decrypted.
    """
    return _FACTORIES[code](account, credentials)
