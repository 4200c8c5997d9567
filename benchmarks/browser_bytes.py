"""What the portal's documents page loads until it is idle, as transferred."""

from pathlib import Path
from typing import Any

from benchmarks import sockets
from benchmarks.results import Results
from tests.support.browser import DESKTOP, chromium
from tests.support.server import server

JS_KB, CSS_KB = 190.0, 14.0


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

        protocol.on("Network.responseReceived", response)
        protocol.on("Network.loadingFinished", finished)
        page.goto(f"{running.url}/portal/{space}/documents")
        page.get_by_test_id("documents-row").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1500)
        script = sum(sizes.get(i, 0) for i, (t, _) in loaded.items() if t == "Script") / 1024
        style = sum(sizes.get(i, 0) for i, (t, _) in loaded.items() if t == "Stylesheet") / 1024
        foreign = [u for _, u in loaded.values() if not u.startswith((running.url, "data:"))]
        results.add(
            kind,
            "first load, JavaScript (brotli)",
            f"{script:.0f} KB",
            f"≤ {JS_KB:.0f} KB",
            script <= JS_KB,
        )
        results.add(
            kind,
            "first load, CSS (brotli)",
            f"{style:.1f} KB",
            f"≤ {CSS_KB:.0f} KB",
            style <= CSS_KB,
        )
        results.add(kind, "requests to another origin", str(len(foreign)), "0", not foreign)
