"""A sandbox of these tests' own, and a cloud in it."""

from collections.abc import Iterator

import pytest
from sandbox_cloud import SandboxCloud

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxCloud]:
    state = StateDirectory(tmp_path_factory.mktemp("sandbox"))
    try:
        yield SandboxCloud(lifecycle.start(state, 0))
    finally:
        lifecycle.stop(state)
