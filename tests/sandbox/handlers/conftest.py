"""A moto server of the tests' own, and a cloud in it."""

import logging
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from pulumi_sandbox.aws import moto_gaps
from tests.sandbox.handlers.cloud import MotoCloud


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto_gaps.install()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def cloud(moto_url: str) -> MotoCloud:
    return MotoCloud(moto_url)
