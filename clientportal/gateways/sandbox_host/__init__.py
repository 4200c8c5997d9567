"""A payment provider in a box: a foreign host for tests, demos and companies marked *test*."""

from functools import cache
from urllib.parse import urlsplit

from starlette.applications import Starlette

from clientportal.gateways.sandbox_host.app import Host, build
from clientportal.gateways.sandbox_host.store import Store
from clientportal.settings import settings

DATABASE = "sandbox.db"


def mount_path() -> str:
    """Give the path below which our own server shows the host (that of SANDBOX_GATEWAY_URL)."""
    return urlsplit(settings().sandbox_gateway_url).path.rstrip("/")


@cache
def application() -> Starlette:
    """Give the host as configured for our own server, to be mounted at `mount_path()`."""
    conf = settings()
    host = Host(
        Store(conf.data_dir / DATABASE),
        conf.secret(),
        public_url=conf.public_url,
        checkout_url=conf.public_url + mount_path(),
    )
    return build(host)
