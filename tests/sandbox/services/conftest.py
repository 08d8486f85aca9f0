"""A sandbox of these tests' own."""

import urllib.request
from collections.abc import Iterator

import pytest
from own_cloud import OwnCloud

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory


@pytest.fixture(scope="session")
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnCloud]:
    state = StateDirectory(tmp_path_factory.mktemp("sandbox"))
    try:
        yield OwnCloud(lifecycle.start(state, 0))
    finally:
        lifecycle.stop(state)


@pytest.fixture(autouse=True)
def no_faults(own_cloud: OwnCloud) -> Iterator[None]:
    yield
    request = urllib.request.Request(f"{own_cloud.endpoint}/_sandbox/faults", method="DELETE")  # noqa: S310 - loopback
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - loopback
