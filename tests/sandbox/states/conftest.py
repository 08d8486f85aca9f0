"""A sandbox of these tests' own."""

from collections.abc import Iterator

import pytest

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory
from tests.sandbox.states.states_cloud import StatesCloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StatesCloud]:
    state = StateDirectory(tmp_path_factory.mktemp("sandbox"))
    try:
        yield StatesCloud(lifecycle.start(state, 0))
    finally:
        lifecycle.stop(state)
