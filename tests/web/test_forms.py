"""What the plain forms share: who is asking, and what they may send."""

import pytest
from starlette.datastructures import FormData
from starlette.requests import Request

from clientportal.domain.errors import Invalid
from clientportal.services import set_up, tax_ids
from clientportal.services.spaces import KEY_ALPHABET, is_key
from clientportal.settings import settings
from clientportal.web import auth, forms, payments


def request(*headers: tuple[str, str], peer: str = "10.0.0.1") -> Request:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return Request({"type": "http", "headers": raw, "client": (peer, 1), "path": "/"})


@pytest.fixture
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTPORTAL_TRUSTED_PROXY_HOPS", "1")
    settings.cache_clear()


@pytest.mark.usefixtures("behind_a_proxy")
def test_only_the_proxys_own_entry_counts_however_it_was_added() -> None:
    """Some proxies append to the visitor's header, others add a header line of their own."""
    appended = request(("x-forwarded-for", "1.2.3.4, 203.0.113.9"))
    added = request(("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "203.0.113.9"))
    assert forms.client_address(appended) == forms.client_address(added) == "203.0.113.9"
    assert forms.client_address(request()) == "10.0.0.1"


def test_without_a_proxy_the_header_counts_for_nothing() -> None:
    assert forms.client_address(request(("x-forwarded-for", "1.2.3.4"))) == "10.0.0.1"


@pytest.mark.parametrize("cookie", ["\\ud800@x.co", "\\x00a@x.co", "\\xzz", "é@x.co"])
def test_a_hostile_address_cookie_remembers_nobody(cookie: str) -> None:
    assert auth._remembered_email(request(("cookie", f"{auth.EMAIL_COOKIE}={cookie}"))) == ""


def test_a_field_has_no_nul_and_is_not_repeated() -> None:
    form = FormData([("a", " x\0y "), ("b", "1"), ("b", "2")])
    assert (forms.text(form, "a"), forms.text(form, "b")) == ("xy", "")


@pytest.mark.parametrize("code", ["", "é", "ABCDEFGH", "\ufffd" * 8])
def test_a_wrong_set_up_code_is_refused_whatever_it_is(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setenv("CLIENTPORTAL_ENV", "production")
    settings.cache_clear()
    with pytest.raises(Invalid):
        set_up.check_code(code)
    set_up.check_code(set_up.set_up_code().lower())


def test_a_refusal_carries_the_digit_that_was_expected_and_nothing_typed() -> None:
    with pytest.raises(Invalid) as refused:
        tax_ids.check("CO", "nit", "900373913-5")
    location = forms.see_error("/set-up", refused.value).headers["location"]
    assert location == "/set-up?error=tax_id_digit&field=tax_id&kind=NIT&expected=4"
    typed = Invalid(code="slug_taken", field="slug", slug="my-secret", kind="<b>", most=3)
    assert forms.see_error("/x", typed).headers["location"] == (
        "/x?error=slug_taken&field=slug&most=3"
    )


@pytest.mark.parametrize("space", ["", "ñandúes2", "abcdefg", "abcdefghi", "ABCDEFGH", "١٢٣٤٥٦٧٨"])
def test_the_way_back_from_paying_is_a_space_or_the_start_page(space: str) -> None:
    assert not is_key(space)
    assert payments._documents_of(space) == "/"
    key = KEY_ALPHABET[:8]
    assert payments._documents_of(key) == f"/portal/{key}/documents"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("accept-language", "en-GB,en;q=0.9")], "en"),
        ([("accept-language", "en"), ("cookie", "lang=es")], "es"),
        ([("accept-language", "es-CO"), ("cookie", "lang=en")], "en"),
        ([("accept-language", "fr")], "es"),
    ],
)
def test_the_gateway_speaks_the_language_of_the_browser(
    headers: list[tuple[str, str]], expected: str
) -> None:
    assert payments.language(request(*headers)) == expected
