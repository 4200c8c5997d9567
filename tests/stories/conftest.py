"""Stories hold one server for their whole module; settings belong to it, not to one test."""

from collections.abc import Iterator

import pytest

from tests.support.sandbox import HostProcess


@pytest.fixture(scope="module")
def sandbox_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """The gateway's host as a process of its own."""
    process = HostProcess(tmp_path_factory.mktemp("sandbox") / "sandbox.db")
    process.start()
    yield process
    process.stop()
