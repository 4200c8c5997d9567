"""Runs scripts of the kit in Node, with the catalogues and tables that a build would write."""

import json
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from clientportal.ui.kit_build import modules

# The few names of React that the scripts take at load; nothing here draws.
_REACT = """
export const useSyncExternalStore = (subscribe, snapshot) => snapshot();
export const createElement = () => null;
export const lazy = () => null;
export const Suspense = null;
export const Fragment = null;
export const Children = {};
export class Component {}
const none = () => { throw new Error("no drawing here"); };
export { none as useEffect, none as useRef, none as useState, none as useId, none as useMemo,
         none as useContext };
"""


def write_scripts(folder: Path) -> Path:
    """Writes the scripts below `folder` as a build does; returns the folder of our own ones."""
    for name, text in modules():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    react = folder / "node_modules" / "react"
    react.mkdir(parents=True)
    (react / "package.json").write_text('{"type": "module", "main": "index.js"}')
    (react / "index.js").write_text(_REACT)
    (folder / "package.json").write_text('{"type": "module"}')
    return folder / "kit"


def evaluate(kit: Path, imports: str, expression: str) -> Any:
    """The JSON value of a JavaScript expression after `imports` (paths relative to the kit)."""
    program = f"{imports}\nconsole.log(JSON.stringify({expression}))"
    done = subprocess.run(
        [Path(sysconfig.get_path("scripts")) / "node", "--input-type=module", "-e", program],
        cwd=kit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
