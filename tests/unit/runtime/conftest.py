import pytest

from tests.unit.runtime.memory import Deployment


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()
