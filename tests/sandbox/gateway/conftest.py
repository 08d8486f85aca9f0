from collections.abc import Iterator

import pytest

from pulumi_sandbox.aws import gateway
from tests.sandbox.functions.lambda_cloud import LambdaCloud, lambda_cloud


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaCloud]:
    gateway.prepare_moto()
    with lambda_cloud(tmp_path_factory.mktemp("cloud")) as running:
        gateway.start()
        yield running
        gateway.stop()
