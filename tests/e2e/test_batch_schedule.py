"""Pattern 6 on a schedule. Runs late, because it moves the clock by which what is kept for a time goes away."""

import httpx2
import pytest
from background import until
from batches import SCHEDULE_HOURS, SCHEDULED, jsonl, line, manifests, put
from deployment import ACME, Deployment

pytestmark = pytest.mark.xdist_group("e2e")


def test_a_schedule_makes_a_batch_of_its_object(stack: Deployment) -> None:
    put(stack, f"{ACME}/{SCHEDULED}", jsonl([line("nightly", "How soon must a lost laptop be reported?")]))
    clock = f"{stack.engine.cloud['PULUMI_SANDBOX_ENDPOINT']}/_sandbox/clock"
    assert httpx2.post(clock, json={"advance_seconds": SCHEDULE_HOURS * 3600}).status_code == 200
    [manifest] = until(
        lambda: [found for found in manifests(stack) if found["input"]["object"].endswith(SCHEDULED)],
        lambda found: len(found) == 1,
        60,
    )
    assert (manifest["status"], manifest["counts"]["completed"]) == ("completed", 1)
