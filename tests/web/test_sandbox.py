"""Our server shows the sandbox host only where its address is our own."""

import pytest
from starlette.routing import Mount

from clientportal.settings import settings
from clientportal.web import sandbox


@pytest.mark.parametrize(
    ("address", "mounted"),
    [
        ("", ["/sandbox"]),
        ("http://localhost:3000/gateway/", ["/gateway"]),
        ("https://portal.example/sandbox", ["/sandbox"]),
        ("http://127.0.0.1:9100", []),  # without a path it would take every page of ours
        ("http://127.0.0.1:9100/sandbox", []),
        ("https://portal.example", []),
    ],
)
def test_the_host_is_mounted_below_its_own_path_alone(
    monkeypatch: pytest.MonkeyPatch, address: str, mounted: list[str]
) -> None:
    monkeypatch.setenv("CLIENTPORTAL_PUBLIC_URL", "https://portal.example")
    monkeypatch.setenv("CLIENTPORTAL_SANDBOX_GATEWAY_URL", address)
    settings.cache_clear()
    assert [route.path for route in sandbox.routes() if isinstance(route, Mount)] == mounted
