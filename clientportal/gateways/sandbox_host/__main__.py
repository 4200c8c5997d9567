"""`python -m clientportal.gateways.sandbox_host`: the sandbox host alone, on loopback."""

import argparse
import asyncio
from pathlib import Path

import uvicorn

from clientportal.gateways.sandbox_host import DATABASE, Host, Store, build
from clientportal.settings import settings


async def _serve(host: Host, port: int) -> None:
    server = uvicorn.Server(
        uvicorn.Config(build(host), port=port, access_log=False, log_level="error")
    )
    sending = asyncio.create_task(host.deliver_forever())
    try:
        await server.serve()
    finally:
        sending.cancel()


def main() -> None:
    """Read the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(prog="sandbox_host", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, help="default: sandbox.db below DATA_DIR")
    parser.add_argument("--secret", help="default: the secret of this installation")
    parser.add_argument("--public-url", help="origin that may be called besides loopback")
    given = parser.parse_args()
    database: Path = given.database or settings().data_dir / DATABASE
    secret: bytes = given.secret.encode() if given.secret else settings().secret()
    host = Host(Store(database), secret, public_url=given.public_url or "")
    asyncio.run(_serve(host, given.port))


if __name__ == "__main__":
    main()
