"""Providers of these tests' own, on a sandbox of their own."""

from collections.abc import Iterator

import pytest
from plugin_calls import Calls, RecordingSandbox, recording_sandbox, serving


@pytest.fixture(scope="session")
def recorder() -> Iterator[RecordingSandbox]:
    with recording_sandbox() as server:
        yield server


@pytest.fixture
def sandbox(recorder: RecordingSandbox, monkeypatch: pytest.MonkeyPatch) -> RecordingSandbox:
    recorder.recorded.clear()
    recorder.healthy = True
    for variable in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "GOOGLE_PROJECT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PULUMI_SANDBOX_ENDPOINT", recorder.url)
    return recorder


@pytest.fixture
def aws(sandbox: RecordingSandbox) -> Iterator[Calls]:  # noqa: ARG001 - it must be there first
    with serving("aws") as calls:
        calls.configure(region="eu-central-1")
        yield calls


@pytest.fixture
def gcp(sandbox: RecordingSandbox) -> Iterator[Calls]:  # noqa: ARG001 - it must be there first
    with serving("gcp") as calls:
        calls.configure(project="shop", region="europe-west1", defaultLabels='{"team": "x"}')
        yield calls
