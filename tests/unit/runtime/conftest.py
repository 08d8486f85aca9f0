from collections.abc import Iterator

import pytest

from genai_runtime.aws.clients import client
from tests.unit.runtime.aws_fixtures import environment
from tests.unit.runtime.memory import Deployment


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of a function on AWS, and no client left from or for another test."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    client.cache_clear()
    yield
    client.cache_clear()
