"""What the edge lets in and what it puts on every answer, on the real server."""

import asyncio
import re
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.support.server import Server, server
from tests.support.socket import Refused, tab

TELL = "reflex___state____state.clientportal___ui___base____visitor.tell"
LIMITS = {
    "TRUSTED_PROXY_HOPS": "1",
    "BODY_LIMIT_BYTES": "20000",
    "TAB_EVENTS_PER_SECOND": "2",
    "TAB_EVENTS_BURST": "10",
    "NEW_TABS_PER_SECOND": "0.01",
    "NEW_TABS_BURST": "5",
}

pytestmark = [pytest.mark.server]


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """A server with limits so low that a test can reach them."""
    with server(extra=LIMITS) as found:
        yield found


def asset(site: Server, name: str) -> str:
    """Path of a built file by the beginning of its name."""
    html = httpx.get(site.url).text
    found = re.search(rf"/assets/{name}[\w.-]*", html)
    assert found, name
    return found[0]


def test_every_answer_carries_the_security_headers(site: Server) -> None:
    for path in ("/", "/healthz", "/nowhere", asset(site, "manifest"), "/auth/nowhere"):
        headers = httpx.get(site.url + path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert re.fullmatch(r"[0-9a-f]{12}", headers["x-request-id"])
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "strict-transport-security" not in headers  # plain http here


def test_what_a_page_may_do_is_said_with_the_page_and_assets_may_do_nothing(site: Server) -> None:
    for path in ("/", "/healthz", "/nowhere", "/assets/nowhere.js", "/auth/nowhere"):
        headers = httpx.get(site.url + path).headers
        assert "camera=()" in headers["permissions-policy"], path
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "script-src 'self' 'sha256-" in headers["content-security-policy"]

    policy = httpx.get(site.url + asset(site, "manifest")).headers["content-security-policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"


def test_scripts_run_by_hash_only_and_never_by_eval(site: Server) -> None:
    policy = httpx.get(site.url).headers["content-security-policy"]
    scripts = re.search(r"script-src ([^;]*)", policy)
    assert scripts
    assert scripts[1].startswith("'self' 'sha256-")
    assert "unsafe" not in scripts[1]


def test_hashed_files_stay_for_ever_and_nothing_else_does(site: Server) -> None:
    def cache(path: str) -> str:
        return httpx.get(site.url + path).headers["cache-control"]

    assert cache(asset(site, "manifest")) == "public, max-age=31536000, immutable"
    assert cache("/") == "no-cache"
    assert cache(asset(site, "reflex-env")) == "no-cache"
    assert cache("/healthz") == "no-store"
    assert cache("/assets/nowhere.js") == "no-store"


@pytest.mark.parametrize(
    "path",
    ["/_upload", "/_upload/x.txt", "/_all_routes", "/auth-codespace", "/_event/?transport=polling"],
)
def test_doors_of_the_framework_are_shut(site: Server, path: str) -> None:
    for method in ("GET", "POST"):
        assert httpx.request(method, site.url + path).status_code == 404


@pytest.mark.parametrize("path", ["/files/documents/{}.pdf", "/files/imports/alfa/{}.csv", "/{}"])
def test_a_number_that_nobody_could_count_to_is_not_found(site: Server, path: str) -> None:
    assert httpx.get(site.url + path.format("9" * 5_000)).status_code == 404


def test_a_path_that_climbs_is_not_found(site: Server) -> None:
    for path in ("/assets/..%2f", "/assets/..%2Fsign-in/", "/assets/%2e%2e/sign-in/"):
        request = httpx.Request("GET", site.url)
        request.url = httpx.URL(site.url, raw_path=path.encode())
        with httpx.Client() as client:
            answer = client.send(request)
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store"), path


@pytest.mark.parametrize(
    "path", ["//d/x", "//sign-in/", "///sign-in", "//", "//elsewhere.example/"]
)
def test_an_empty_first_folder_is_not_found(site: Server, path: str) -> None:
    """It would be a page of ours by another name, without what hangs on the name's beginning."""
    answer = httpx.get(site.url + path)
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert answer.text == "not found"


def test_a_redirect_stays_on_this_site_whatever_the_host_header_says(site: Server) -> None:
    answer = httpx.get(f"{site.url}/sign-in?next=/x", headers={"Host": "elsewhere.example"})
    assert answer.headers["location"] == "/sign-in/?next=/x"


def test_a_redirect_to_the_folder_of_a_page_keeps_the_query(site: Server) -> None:
    answer = httpx.get(f"{site.url}/sign-in?next=/x")
    assert (answer.status_code, answer.headers["location"]) == (307, "/sign-in/?next=/x")


@pytest.mark.parametrize("charset", ["unicode_escape", "punycode", "undefined"])
@pytest.mark.parametrize("path", ["/auth/password", "/auth/verify"])
def test_a_form_in_an_encoding_of_its_own_is_refused(site: Server, path: str, charset: str) -> None:
    part = 'Content-Disposition: form-data; name="email"\r\n\r\n\\ud800@x.example'
    form = f"--bb\r\n{part}\r\n--bb--\r\n".encode()
    kind = f"multipart/form-data; boundary=bb; charset={charset}"
    answer = httpx.post(site.url + path, content=form, headers={"Content-Type": kind})
    assert answer.status_code == 303
    assert "error=invalid&" in answer.headers["location"]


def test_a_body_over_the_limit_is_refused_with_and_without_its_length(site: Server) -> None:
    big = b"x" * 30_000
    assert httpx.post(f"{site.url}/csp-report", content=big).status_code == 413

    def parts() -> Iterator[bytes]:
        yield big

    assert httpx.post(f"{site.url}/csp-report", content=parts()).status_code == 413


def test_health_readiness_and_metrics(site: Server) -> None:
    assert httpx.get(f"{site.url}/healthz").json()["status"] == "ok"
    assert httpx.get(f"{site.url}/readyz").json() == {"ready": True, "database": True}
    assert "clientportal_open_pages" in httpx.get(f"{site.url}/metrics").text
    # Behind the proxy everybody comes from this machine, so only the proxy's own word counts.
    forwarded = httpx.get(f"{site.url}/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert forwarded.status_code == 404


def test_a_policy_report_can_be_read_back(site: Server) -> None:
    report = '{"csp-report": {"blocked-uri": "eval"}}'
    assert httpx.post(f"{site.url}/csp-report", content=report).status_code == 204
    assert report in httpx.get(f"{site.url}/csp-report").json()


async def test_only_our_own_origin_opens_the_socket(site: Server) -> None:
    with pytest.raises(Refused):
        async with tab(site.url, origin="https://evil.example", forwarded_for="198.51.100.1"):
            pass
    with pytest.raises(Refused):
        async with tab(site.url, origin=None, cookie="session=x", forwarded_for="198.51.100.1"):
            pass
    async with tab(site.url, origin=None, forwarded_for="198.51.100.1") as anonymous:
        assert anonymous.var("visitor", "signed_in") is False


async def test_events_beyond_the_tabs_rate_are_dropped(site: Server) -> None:
    async with tab(site.url, forwarded_for="198.51.100.2") as noisy:
        started = time.monotonic()
        for number in range(60):
            await noisy.call(TELL, kind="error", code=f"c{number}", params={})
        await noisy.settle()
        most = LIMITS_BURST + 2 * (time.monotonic() - started) + 1
        assert 5 <= noisy.var("visitor", "notice_seq") <= most


async def test_new_tabs_are_limited_per_address_behind_the_proxy(site: Server) -> None:
    async def opens(address: str) -> bool:
        try:
            async with tab(site.url, forwarded_for=address):
                return True
        except Refused:
            return False

    opened = [await opens("198.51.100.3") for _ in range(8)]
    assert opened == [True] * 5 + [False] * 3
    assert await opens("198.51.100.4")
    # Only the entry that our own proxy wrote counts, not what the visitor put before it.
    assert not await opens("203.0.113.7, 198.51.100.3")


async def test_a_tab_that_never_stops_is_closed(site: Server) -> None:
    async with tab(site.url, forwarded_for="198.51.100.5") as noisy:
        for _ in range(1_100):
            if noisy.closed:
                break
            await noisy.ws.send("42/_event,[]")
        await asyncio.wait_for(_closed(noisy), 10)


@pytest.mark.parametrize(
    "frames",
    [
        ['459999999999-/_event,["event",{"_placeholder":true,"num":0}]'],
        [b"x" * 1_000],
        ["40/other,"],
        ["43/_event,1[]"],
        ["2" + "x" * 100],
        ["2"] * 2_000,
        ['42/_event,["event","' + "x" * 300_000 + '"]'],
    ],
    ids=["attachments", "binary", "namespace", "ack", "ping", "pings", "huge"],
)
async def test_what_no_page_sends_ends_the_socket(
    site: Server, frames: list[str | bytes], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    async with tab(site.url, forwarded_for=f"203.0.113.{len(name)}{len(frames) % 7}") as odd:
        for frame in frames:
            if odd.closed:
                break
            await odd.ws.send(frame)
        await asyncio.wait_for(_closed(odd), 10)


async def test_the_cookie_of_a_faulty_event_is_not_logged(site: Server) -> None:
    cookie = "session=EnszT1zFJWGNreun7Opyl_NQmcHeHB9DGt4BCJP8Hmo"
    async with tab(site.url, cookie=cookie, forwarded_for="198.51.100.6") as page:
        for name in ("no.such.handler", 5):
            await page.send_event({"name": name, "payload": {}, "router_data": page.router_data()})
        await page.settle()
        token = page.token
    assert "no.such.handler" in site.log()
    assert cookie[8:] not in site.log()
    assert token not in site.log()


async def _closed(noisy: object) -> None:
    while not getattr(noisy, "closed", False):
        await asyncio.sleep(0.05)


LIMITS_BURST = int(LIMITS["TAB_EVENTS_BURST"])
