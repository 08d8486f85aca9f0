"""Express machines: synchronous and asynchronous, their limits, and logs of executions."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.services.own_cloud import ACCOUNT, REGION, unique
from tests.sandbox.states.states_cloud import StatesCloud, machine_of

PASS = machine_of(("Double", {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, $.n)"}}))
DELIVERY = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
]


def sync(cloud: StatesCloud, machine: str, value: Any = None) -> dict[str, Any]:
    return cloud.states.start_sync_execution(stateMachineArn=machine, input=json.dumps(value or {}))


def test_a_synchronous_execution_answers(cloud: StatesCloud) -> None:
    answer = sync(cloud, cloud.machine(PASS, type="EXPRESS"), {"n": 4})
    assert (answer["status"], json.loads(answer["output"])) == ("SUCCEEDED", {"n": 8})
    assert ":express:" in answer["executionArn"]
    assert answer["billingDetails"]["billedMemoryUsedInMB"] == 64


def test_a_failure_is_in_the_answer(cloud: StatesCloud) -> None:
    machine = cloud.machine(machine_of(("Fail", {"Type": "Fail", "Error": "Own", "Cause": "c"})), type="EXPRESS")
    answer = sync(cloud, machine)
    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "Own", "c")


def test_a_chain_of_calls_is_fast(cloud: StatesCloud) -> None:
    echo = cloud.function("def handler(event, context): return event")
    steps = [(f"S{number}", {"Type": "Task", "Resource": echo}) for number in range(3)]
    machine = cloud.machine(machine_of(*steps), type="EXPRESS")
    sync(cloud, machine)
    started = time.monotonic()
    assert sync(cloud, machine, {"a": 1})["status"] == "SUCCEEDED"
    assert time.monotonic() - started < 2.0


def test_what_express_machines_do_not_do_is_refused(cloud: StatesCloud) -> None:
    machine = cloud.machine(PASS, type="EXPRESS")
    execution = cloud.start(machine, {"n": 1})
    with pytest.raises(ClientError, match="InvalidArn"):
        cloud.states.describe_execution(executionArn=execution)
    with pytest.raises(ClientError, match="StateMachineTypeNotSupported"):
        cloud.states.list_executions(stateMachineArn=machine)
    with pytest.raises(ClientError, match="StateMachineTypeNotSupported"):
        sync(cloud, cloud.machine(PASS), {"n": 1})
    waiting = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "u", "MessageBody.$": "$$.Task.Token"},
    }
    with pytest.raises(ClientError, match="Express state machine does not support"):
        cloud.machine(machine_of(("Wait", waiting)), type="EXPRESS")


def logging_to(cloud: StatesCloud, level: str, *, data: bool) -> tuple[str, dict[str, Any]]:
    group = f"/aws/vendedlogs/states/{unique('log')}"
    cloud.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]
    return group, {"level": level, "includeExecutionData": data, "destinations": destinations}


def logged(cloud: StatesCloud, group: str, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 5
    while True:
        events = cloud.client("logs").filter_log_events(logGroupName=group)["events"]
        if len(events) >= count:
            return [json.loads(event["message"]) for event in events]
        assert time.monotonic() < deadline, events
        time.sleep(0.05)


@pytest.mark.parametrize("data", [True, False])
def test_events_are_logged(cloud: StatesCloud, data: bool) -> None:
    group, configuration = logging_to(cloud, "ALL", data=data)
    role = cloud.machine_role([{"Action": DELIVERY, "Resource": "*"}])
    machine = cloud.machine(PASS, role=role, type="EXPRESS", loggingConfiguration=configuration)
    answer = sync(cloud, machine, {"n": 1})
    messages = logged(cloud, group, 4)
    assert [message["type"] for message in messages] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert {message["execution_arn"] for message in messages} == {answer["executionArn"]}
    assert messages[2]["details"]["name"] == "Double"
    assert ("output" in messages[2]["details"]) is data


def test_only_failures_are_logged_at_level_error(cloud: StatesCloud) -> None:
    group, configuration = logging_to(cloud, "ERROR", data=True)
    machine = cloud.machine(
        machine_of(("Fail", {"Type": "Fail", "Error": "Own"})), type="EXPRESS", loggingConfiguration=configuration
    )
    sync(cloud, machine)
    assert [message["type"] for message in logged(cloud, group, 2)] == ["FailStateEntered", "ExecutionFailed"]


def test_logging_needs_a_group_and_permissions(cloud: StatesCloud) -> None:
    _, configuration = logging_to(cloud, "ALL", data=True)
    role = cloud.machine_role([{"Action": DELIVERY[1:], "Resource": "*"}])
    with pytest.raises(ClientError, match="not authorized to access the Log Destination"):
        cloud.machine(PASS, role=role, loggingConfiguration=configuration)
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:none:*"
    missing = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]}
    with pytest.raises(ClientError, match="InvalidLoggingConfiguration"):
        cloud.machine(PASS, loggingConfiguration=missing)
