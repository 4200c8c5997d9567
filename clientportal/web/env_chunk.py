"""One build serves any host and port: the chunk with the server's address is answered per visitor.

Reflex bakes its address into one small chunk (`assets/reflex-env-<hash>.js`). We answer that path
with the built text in which the baked origin is an expression on `location.origin`.
"""

import re
from pathlib import Path

_BAKED = re.compile(r"([`\"'])(http|ws)://localhost:\d+(/[^`\"']*)\1")
_ORIGIN = {"http": "location.origin", "ws": "location.origin.replace(/^http/,'ws')"}


def rewrite(text: str) -> str:
    """The chunk with each baked address made relative to the page's own origin."""
    return _BAKED.sub(lambda m: f"({_ORIGIN[m[2]]}+{m[1]}{m[3]}{m[1]})", text)


def env_chunks(client: Path) -> dict[str, bytes]:
    """URL path → rewritten bytes of the chunk(s) in a build.

    Raises ValueError when the build has none or holds no baked address: the framework has changed,
    and a page served without the rewrite would talk to the wrong port.
    """
    chunks: dict[str, bytes] = {}
    for file in client.glob("assets/reflex-env-*.js"):
        text = file.read_text()
        if not _BAKED.search(text):
            raise ValueError(f"no address in {file.name}")
        chunks[f"/assets/{file.name}"] = rewrite(text).encode()
    if not chunks:
        raise ValueError("the build has no env chunk")
    return chunks
