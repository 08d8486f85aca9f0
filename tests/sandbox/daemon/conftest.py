from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from daemon_fixture import Daemon

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    state = StateDirectory(tmp_path_factory.mktemp("sandbox"))
    try:
        yield Daemon(state, lifecycle.start(state, 0))
    finally:
        lifecycle.stop(state)


@pytest.fixture
def start_daemon(tmp_path: Path) -> Iterator[Callable[[], Daemon]]:
    """Start a sandbox on one state directory of the test, as often as asked."""
    state = StateDirectory(tmp_path / "state")

    def start() -> Daemon:
        return Daemon(state, lifecycle.start(state, None if state.endpoint else 0))

    try:
        yield start
    finally:
        lifecycle.stop(state)
