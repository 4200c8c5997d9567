"""Pictures of every page: phone and desktop, Spanish and English, light and dark → shots/.

usage: python scripts/shots.py [part of a stop's name …] [--at-once 2] [--lang es] [--readme]

Also writes shots/index.html and says what is wrong with the pages; exit 1 when anything is.
--readme takes only the two pictures of the README and puts them into docs/.
"""

import argparse
import asyncio
import html
import os
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
for name in [name for name in os.environ if name.startswith("CLIENTPORTAL_")]:
    del os.environ[name]
os.environ["CLIENTPORTAL_ENV"] = "development"
os.environ["CLIENTPORTAL_SECRET_KEY"] = "only-for-pictures-" + "0" * 32

from tests.support.walk import DESKTOP, PHONE, Look, Stop, Walk, walk_all  # noqa: E402
from tests.support.walk_stops import all_stops  # noqa: E402
from tests.support.walk_world import World, walk_world  # noqa: E402

FOLDER = ROOT / "shots"
BOTH = ("light", "dark")
README = {
    "portal": ("portal-home", Look(PHONE, "es", axe="", whole=False)),
    "staff": ("staff-today", Look((1280, 800), "es", axe="", whole=False)),
}


def looks(langs: list[str]) -> list[Look]:
    """Every size and language, both themes in each; what is narrower than a phone besides."""
    return [
        Look(size, lang, BOTH, narrow=size == PHONE) for size in (PHONE, DESKTOP) for lang in langs
    ]


def walk_of(world: World, folder: Path) -> Walk:
    def say(text: str) -> None:
        print(f"  {text}", flush=True)

    return Walk(world.origins, world.cookies, world.words, folder, say=say)


def index(walk: Walk, stops: list[Stop]) -> str:
    """All pictures on one page, a row for each stop."""
    rows = []
    for stop in stops:
        names = sorted(name for name in walk.pictures if _stop_of(name) == stop.name)
        shown = "".join(
            f'<a href="{name}"><img loading="lazy" src="{name}" alt="{name}"></a>' for name in names
        )
        wrong = "".join(f"<li>{html.escape(str(f))}" for f in walk.findings if f.stop == stop.name)
        rows.append(f"<h2>{stop.name}</h2><ul>{wrong}</ul><div>{shown}</div>")
    style = (
        "body{font:14px system-ui;margin:24px}div{display:flex;gap:8px;overflow-x:auto}"
        "img{height:420px;border:1px solid #ccc}li{color:#b13131}"
    )
    return f"<!doctype html><title>shots</title><style>{style}</style>{''.join(rows)}"


def _stop_of(picture: str) -> str:
    return picture.rsplit("-", 3)[0]


def take(arguments: argparse.Namespace) -> int:
    """Walk and photograph; the number of findings."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    with walk_world() as world:
        walk = walk_of(world, FOLDER)
        stops = [
            stop
            for stop in all_stops(world)
            if not arguments.names or any(part in stop.name for part in arguments.names)
        ]
        asyncio.run(walk_all(walk, stops, looks(arguments.lang), at_once=arguments.at_once))
    (FOLDER / "index.html").write_text(index(walk, stops))
    print(f"  {len(walk.pictures)} pictures of {len(stops)} views: shots/index.html")
    return len(walk.findings)


def take_readme() -> int:
    """docs/portal.png and docs/staff.png; the number of findings."""
    FOLDER.mkdir(exist_ok=True)
    found = 0
    with walk_world() as world:
        stops = {stop.name: stop for stop in all_stops(world)}
        for target, (name, look) in README.items():
            walk = walk_of(world, FOLDER)
            asyncio.run(walk_all(walk, [stops[name]], [look], at_once=1))
            shutil.move(FOLDER / walk.pictures[0], ROOT / "docs" / f"{target}.png")
            found += len(walk.findings)
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--lang", action="append", choices=("es", "en", "xx"))
    parser.add_argument("--readme", action="store_true")
    arguments = parser.parse_args()
    arguments.lang = arguments.lang or ["es", "en"]
    started = time.monotonic()
    found = take_readme() if arguments.readme else take(arguments)
    print(f"  walked in {time.monotonic() - started:.0f} s")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
