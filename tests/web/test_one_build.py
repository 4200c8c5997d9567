"""One build serves any host and port, cleanly, and only its own ENV."""

import json
import shutil
from pathlib import Path

import pytest

from clientportal.settings import ConfigurationError
from clientportal.web import build
from clientportal.web.csp import inline_script_hashes
from clientportal.web.env_chunk import env_chunks, rewrite
from tests.support.browser import DESKTOP, PHONE, chromium, person
from tests.support.server import server


@pytest.mark.server
@pytest.mark.browser
def test_the_same_build_works_on_two_ports_and_by_two_names() -> None:
    with server() as first, server() as second, chromium() as browser:
        assert first.port != second.port
        for site, size in ((first, DESKTOP), (second, PHONE)):
            for origin in (site.url, site.url.replace("127.0.0.1", "localhost")):
                with person(browser, origin, size=size) as visitor:
                    with visitor.page.expect_websocket(
                        lambda ws: "/_event" in ws.url, timeout=20_000
                    ) as socket:
                        visitor.open("/")
                    assert socket.value.url.startswith(f"ws{origin.removeprefix('http')}/_event")
                    frame = socket.value.wait_for_event("framereceived", timeout=20_000)
                    assert frame is not None
                    visitor.page.wait_for_load_state("networkidle")
                    visitor.assert_clean()


def test_the_baked_address_becomes_the_visitors_own() -> None:
    baked = "var e={PING:`http://localhost:3000/ping`,EVENT:`ws://localhost:3000/_event`}"
    assert rewrite(baked) == (
        "var e={PING:(location.origin+`/ping`),"
        "EVENT:(location.origin.replace(/^http/,'ws')+`/_event`)}"
    )


def test_a_build_without_the_known_chunk_is_not_served(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    with pytest.raises(ValueError, match="no env chunk"):
        env_chunks(tmp_path)
    (tmp_path / "assets" / "reflex-env-1.js").write_text("var e={}")
    with pytest.raises(ValueError, match="no address"):
        env_chunks(tmp_path)


def test_only_inline_scripts_are_hashed(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        "<script>alert(1)</script><script src='/x.js'></script><script type='module'>2</script>"
    )
    # printf 'alert(1)' | openssl dgst -sha256 -binary | base64
    assert "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='" in inline_script_hashes(tmp_path)
    assert len(inline_script_hashes(tmp_path)) == 2


def test_a_build_for_another_env_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no front end"):
        build.require_build("production", tmp_path)
    record = build.BuildRecord(env="development", sources="x", version="0")
    build.write_record(tmp_path, record)
    assert build.require_build("development", tmp_path) == record
    with pytest.raises(ConfigurationError, match="built for ENV=development"):
        build.require_build("production", tmp_path)
    (tmp_path / build.RECORD).write_text(json.dumps({"env": "production"}))
    with pytest.raises(ConfigurationError):
        build.require_build("production", tmp_path)


def test_the_source_hash_follows_contents_and_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "SOURCES", ("ui",))
    (tmp_path / "ui" / "generated").mkdir(parents=True)
    (tmp_path / "ui" / "a.py").write_text("1")
    first = build.source_hash()
    (tmp_path / "ui" / "generated" / "x.js").write_text("made by the build")
    assert build.source_hash() == first
    shutil.move(tmp_path / "ui" / "a.py", tmp_path / "ui" / "b.py")
    assert build.source_hash() != first
