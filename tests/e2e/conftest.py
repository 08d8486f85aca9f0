"""One deployment of the repository's stack for all end-to-end tests."""

from collections.abc import Iterator

import pytest
from alarms import ALARM_TOPIC
from batches import batch_config
from deployment import FEW_REQUESTS, MAX_WORKERS, OWN_LIMITS, STACK, Deployment, checkout, deploy

FORTIFIED = {
    "patterns[0]": "request-response",
    "patterns[1]": "async-request-response",
    "knowledge.vector_store": "search",
    "web_app.firewall": "true",
    "web_app.requests_per_five_minutes": str(FEW_REQUESTS),
}

FIRST = "test_repeated_requests.py"
"""Other tests move the clock ahead by which the sandbox lets items go that expire: more than the minute of a claim."""

LAST = ("test_batch_schedule.py", "test_unused_actions.py", "test_fortified_end.py")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The stack `sandbox-aws`, deployed as `make up` does it, but with so few workers that a queue fills,
    and small batches."""
    base = tmp_path_factory.mktemp("e2e")
    config = {
        "limits.max_workers": str(MAX_WORKERS),
        "alarm_topic": ALARM_TOPIC,
        **OWN_LIMITS,
        **batch_config(),
    }
    deployment = deploy(base, checkout(base / "program"), STACK, config)
    yield deployment
    deployment.stop()


@pytest.fixture(scope="session")
def fortified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The stack with what is off by default because it costs money at rest, and no more patterns than show it."""
    base = tmp_path_factory.mktemp("fortified")
    deployment = deploy(base, checkout(base / "program"), STACK, FORTIFIED)
    yield deployment
    deployment.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What nothing used can be told only after everything else has run."""

    def place(item: pytest.Item) -> int:
        name = item.path.name
        return -2 if name == FIRST else LAST.index(name) if name in LAST else -1

    items.sort(key=place)
