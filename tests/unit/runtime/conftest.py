from collections.abc import Iterator

import pytest
from moto import mock_aws
from moto.moto_api._internal.models import moto_api_backend

from genai_runtime.aws.clients import client
from tests.unit.runtime.aws_fixtures import environment, make_tables
from tests.unit.runtime.conversation_fixtures import Desk, make_conversation_places
from tests.unit.runtime.job_fixtures import make_job_places
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


@pytest.fixture(scope="module")
def cloud() -> Iterator[None]:
    """Moto and the environment of a function on AWS, for all tests of a module: clients take long to make."""
    client.cache_clear()
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in environment().items():
            patch.setenv(name, value)
        yield
    client.cache_clear()


@pytest.fixture
def desk(cloud: None) -> Desk:  # noqa: ARG001  # a fixture, for its effect
    """A deployment that keeps answers, with nothing kept yet."""
    moto_api_backend.reset()
    make_tables()
    make_job_places()
    make_conversation_places()
    return Desk()
