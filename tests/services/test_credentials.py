"""Secrets at rest: encrypted, readable through a change of key, never shown."""

import pytest

from clientportal.services import credentials
from clientportal.settings import settings

FIRST, SECOND = "first-key-" + "1" * 32, "second-key-" + "2" * 32


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> "Keys":
    return Keys(monkeypatch)


class Keys:
    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch

    def use(self, current: str, old: str = "") -> None:
        self.patch.setenv("CLIENTPORTAL_SECRET_KEY", current)
        self.patch.setenv("CLIENTPORTAL_OLD_SECRET_KEYS", old)
        settings.cache_clear()


@pytest.fixture(autouse=True)
def _forget() -> object:
    yield
    settings.cache_clear()


def test_what_is_stored_shows_nothing(keys: Keys) -> None:
    keys.use(FIRST)
    sealed = credentials.seal({"api_key": "re_canary_secret"})
    assert "re_canary_secret" not in sealed
    assert credentials.opened(sealed) == {"api_key": "re_canary_secret"}
    assert credentials.seal({}) == ""
    assert credentials.opened("") == {}


def test_a_key_is_changed_without_losing_anything(keys: Keys) -> None:
    keys.use(FIRST)
    sealed = credentials.seal({"api_key": "a"})
    keys.use(SECOND, old=FIRST)
    renewed = credentials.renewed(sealed)
    keys.use(SECOND)
    assert credentials.opened(renewed) == {"api_key": "a"}
    with pytest.raises(credentials.Unreadable):
        credentials.opened(sealed)


def test_a_tampered_text_is_refused(keys: Keys) -> None:
    keys.use(FIRST)
    sealed = credentials.seal({"api_key": "a"})
    with pytest.raises(credentials.Unreadable):
        credentials.opened(sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB"))


def test_a_page_shows_four_characters_of_a_long_secret_alone() -> None:
    assert credentials.masked("re_1234567890") == "••••7890"
    assert credentials.masked("short") == "••••"
    assert credentials.masked("") == ""
