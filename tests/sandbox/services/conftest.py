"""A sandbox daemon's application in this process, on a free port, with its state in a temporary directory."""

import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import uvicorn
from botocore.config import Config
from pulumi_sandbox import durable, server
from pulumi_sandbox.layout import state_directory
from pulumi_sandbox.models import faults


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = state_directory(str(tmp_path_factory.mktemp("sandbox")))
    durable.use_database(state.database)
    listener = server.bind(state, 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    application = server.build_application(state, url)
    running = uvicorn.Server(uvicorn.Config(application, log_config=None, lifespan="off"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield url
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def client(endpoint: str) -> Any:
    """Return a function that makes the deployer's boto3 client of a service, or a role's, without retries."""

    def make(service: str, credentials: dict[str, str] | None = None, region: str = "us-east-1") -> Any:
        given = credentials or {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=given.get("AWS_SESSION_TOKEN"),
            config=Config(retries={"total_max_attempts": 1}),
        )

    return make


@pytest.fixture(autouse=True)
def no_faults() -> Iterator[None]:
    yield
    faults.clear_faults()
