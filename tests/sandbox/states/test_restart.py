"""Machines and executions after the sandbox was killed."""

import json
import os
import signal
import time
from pathlib import Path

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory
from tests.sandbox.states.states_cloud import StatesCloud, machine_of
from tests.sandbox.states.test_task_tokens import received, waiting


def kill(state: StateDirectory) -> None:
    """End the daemon as a crash would."""
    process = lifecycle.running_pid(state)
    assert process is not None
    os.kill(process, signal.SIGKILL)
    while lifecycle.running_pid(state) == process:
        time.sleep(0.01)


def test_executions_go_on_where_they_were(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path)
    try:
        cloud = StatesCloud(lifecycle.start(state, 0))
        wait = ("Wait", {"Type": "Wait", "Seconds": 3})
        steps = (
            ("First", {"Type": "Pass", "Assign": {"kept.$": "$.a"}}),
            wait,
            ("Last", {"Type": "Pass", "Parameters": {"kept.$": "$kept"}}),
        )
        machine = cloud.machine(machine_of(*steps))
        sleeping = cloud.start(machine, {"a": 1})
        done = cloud.start(cloud.machine(machine_of(("Pass", {"Type": "Pass"}))), {"b": 2})
        cloud.ended(done)
        queue, ask = waiting(cloud)
        asking = cloud.start(cloud.machine(machine_of(("Ask", ask))), {"ask": "ok?"})
        token = received(cloud, queue)["token"]
        deadline = time.monotonic() + 5
        while "TaskSubmitted" not in cloud.kinds(asking):
            assert time.monotonic() < deadline
        kill(state)

        cloud = StatesCloud(lifecycle.start(state, None))
        assert cloud.states.describe_state_machine(stateMachineArn=machine)["status"] == "ACTIVE"
        assert cloud.ended(done)["output"] == {"b": 2}
        cloud.states.send_task_success(taskToken=token, output=json.dumps({"ok": True}))
        assert cloud.ended(asking)["output"] == {"ok": True}
        ended = cloud.ended(sleeping)
        assert ended["output"] == {"kept": 1}
        assert 3 <= (ended["stopDate"] - ended["startDate"]).total_seconds() < 10
        assert cloud.kinds(sleeping).count("WaitStateEntered") == 1
        ids = [event["id"] for event in cloud.events(sleeping)]
        assert ids == list(range(1, len(ids) + 1))
    finally:
        lifecycle.stop(state)
