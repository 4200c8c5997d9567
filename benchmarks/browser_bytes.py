"""What the portal's documents page loads until it is idle, as transferred."""

import gzip
from pathlib import Path
from typing import Any

import httpx

from benchmarks import sockets
from benchmarks.results import Results
from tests.support.browser import DESKTOP, chromium
from tests.support.server import server

JS_KB, GZIP_KB, CSS_KB, JSON_KB = 190.0, 215.0, 14.0, 12.0
EVENT, HYDRATED = "42", '"is_hydrated_rx_state_":true'


def measure(kind: str, url: str, home: Path, results: Results) -> None:
    header, space = sockets.cookie("mid")
    name, _, value = header.partition("=")
    with (
        server(env="production", database_url=url, data_dir=home / "data") as running,
        chromium() as browser,
    ):
        context = browser.new_context(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
        context.add_cookies([{"name": name, "value": value, "url": running.url}])
        page = context.new_page()
        loaded: dict[str, tuple[str, str]] = {}
        sizes: dict[str, float] = {}
        protocol = context.new_cdp_session(page)
        protocol.send("Network.enable")

        def response(event: dict[str, Any]) -> None:
            loaded[event["requestId"]] = (event["type"], event["response"]["url"])

        def finished(event: dict[str, Any]) -> None:
            sizes[event["requestId"]] = event["encodedDataLength"]

        frames: list[str] = []

        def received(event: dict[str, Any]) -> None:
            frames.append(event["response"]["payloadData"])

        protocol.on("Network.webSocketFrameReceived", received)
        protocol.on("Network.responseReceived", response)
        protocol.on("Network.loadingFinished", finished)
        page.goto(f"{running.url}/portal/{space}/documents")
        page.get_by_test_id("documents-row").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1500)
        scripts = {i for i, (type_, _) in loaded.items() if type_ == "Script"}
        styles = {i for i, (type_, _) in loaded.items() if type_ == "Stylesheet"}
        whole = [_gzip_kb(loaded[i][1]) for i in scripts]
        foreign = [u for _, u in loaded.values() if not u.startswith((running.url, "data:"))]
        events = [text for text in frames if text.startswith(EVENT)]
        until = next(n for n, text in enumerate(events, 1) if HYDRATED in text)
        spoken = [len(text.encode()) / 1024 for text in events[:until]]
        rows = (
            ("JavaScript as transferred (brotli)", _kb(sizes, scripts), JS_KB),
            ("JavaScript as gzip -9 would make it", sum(whole), GZIP_KB),
            ("CSS as transferred (brotli)", _kb(sizes, styles), CSS_KB),
            (f"JSON of the {until} messages until it is hydrated", sum(spoken), JSON_KB),
        )
        for what, measured, most in rows:
            good = 0 < measured <= most
            results.add(kind, f"first load, {what}", f"{measured:.1f} KB", f"≤ {most:.0f} KB", good)
        results.add(
            kind, "first load, requests to another origin", str(len(foreign)), "0", not foreign
        )


def _kb(sizes: dict[str, float], of: set[str]) -> float:
    return sum(sizes.get(request, 0) for request in of) / 1024


def _gzip_kb(url: str) -> float:
    answer = httpx.get(url, headers={"accept-encoding": "identity"})
    answer.raise_for_status()
    return len(gzip.compress(answer.content, 9)) / 1024
