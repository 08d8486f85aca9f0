from collections.abc import Iterator

import pytest

from pulumi_sandbox import lifecycle
from tests.sandbox.events.event_cloud import EventCloud, start_cloud


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventCloud]:
    running = start_cloud(tmp_path_factory.mktemp("cloud"))
    try:
        yield running
    finally:
        lifecycle.stop(running.state)
