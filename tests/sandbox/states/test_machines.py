"""What a state machine's creation refuses, whose permissions count, and how executions are managed."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.services.own_cloud import ACCOUNT, REGION, unique
from tests.sandbox.states.states_cloud import LAMBDA_TRUST, StatesCloud, machine_of

PASS = machine_of(("Pass", {"Type": "Pass"}))
ECHO = "def handler(event, context): return event"
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
PART = {"StartAt": "P", "States": {"P": {"Type": "Succeed"}}}
MODE = {"Mode": "DISTRIBUTED"}


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}, "MISSING_TRANSITION_TARGET.*/States/A/Next"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass"}}}, "Exactly one of Next and End"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pas", "End": True}}}, "/States/A/Type"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, "Retry": []}}}, "'Retry' is not supported"),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}, "B": {"Type": "Succeed"}}},
            "UNREACHABLE_STATE.*'B'",
        ),
        (machine_of(("A", {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync"})), "not recognized"),
        (machine_of(("A", {"Type": "Pass", "Output": "{% 1 + %}"}), language="JSONata"), "is not valid"),
        (machine_of(("A", {"Type": "Pass", "InputPath": "$.a"}), language="JSONata"), "'InputPath' is not supported"),
        (machine_of(("A", {"Type": "Pass", "Parameters": {"a.$": "a"}})), "must be a valid JSONPath"),
        (machine_of(("A", {"Type": "Choice", "Choices": [{"Next": "A"}]})), "exactly one comparison"),
        (
            machine_of(("A", {**TASK, "Catch": [{"ErrorEquals": ["States.ALL", "X"], "Next": "A"}]})),
            "must appear alone",
        ),
        (machine_of(("A", {**TASK, "TimeoutSeconds": 5, "HeartbeatSeconds": 5})), "HeartbeatSeconds must be smaller"),
        (machine_of(("A", {"Type": "Map", "ItemProcessor": PART, "ItemBatcher": {}})), "DISTRIBUTED mode only"),
        (machine_of(("A", {"Type": "Map", "ItemProcessor": {**PART, "ProcessorConfig": MODE}})), "ExecutionType"),
    ],
)
def test_wrong_definitions_are_refused(cloud: StatesCloud, definition: dict[str, Any], told: str) -> None:
    with pytest.raises(ClientError, match=f"(?s)InvalidDefinition.*{told}"):
        cloud.machine(definition)
    answer = cloud.states.validate_state_machine_definition(definition=json.dumps(definition))
    assert (answer["result"], bool(answer["diagnostics"])) == ("FAIL", True)


def test_a_role_that_cannot_be_assumed_is_refused(cloud: StatesCloud) -> None:
    with pytest.raises(ClientError, match="authorized to assume the provided role"):
        cloud.machine(PASS, role=cloud.role([], LAMBDA_TRUST))


def test_the_same_again_is_the_same_and_another_of_the_name_is_refused(cloud: StatesCloud) -> None:
    role, name = cloud.machine_role(), unique("machine")
    arguments = {"name": name, "definition": json.dumps(PASS), "roleArn": role}
    first = cloud.states.create_state_machine(**arguments)["stateMachineArn"]
    assert cloud.states.create_state_machine(**arguments)["stateMachineArn"] == first
    other = json.dumps(machine_of(("Other", {"Type": "Succeed"})))
    with pytest.raises(ClientError, match="StateMachineAlreadyExists"):
        cloud.states.create_state_machine(**{**arguments, "definition": other})


def test_calls_are_made_as_the_machines_role(cloud: StatesCloud) -> None:
    echo = cloud.function(ECHO)
    definition = machine_of(("Call", {**TASK, "Parameters": {"FunctionName": echo, "Payload.$": "$"}}))
    allowed = cloud.machine_role([{"Action": "lambda:InvokeFunction", "Resource": echo}])
    assert cloud.result(definition, {"a": 1}, role=allowed)["Payload"] == {"a": 1}
    denied = cloud.machine_role([{"Action": "lambda:InvokeFunction", "Resource": f"{echo}-other"}])
    ended = cloud.run(definition, role=denied)
    assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.AWSLambdaException")
    assert "not authorized to perform: lambda:InvokeFunction" in ended["cause"]


def test_a_role_may_trust_the_regional_service(cloud: StatesCloud) -> None:
    echo = cloud.function(ECHO)
    service = {"Service": f"states.{REGION}.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    role = cloud.role([{"Action": "lambda:InvokeFunction", "Resource": echo}], trust)
    state = {**TASK, "Parameters": {"FunctionName": echo}}
    assert cloud.result(machine_of(("Call", state)), role=role)["StatusCode"] == 200


def test_a_task_may_act_as_another_role(cloud: StatesCloud) -> None:
    echo = cloud.function(ECHO)
    own = cloud.machine_role([{"Action": "sts:AssumeRole", "Resource": "*"}])
    trust = {"Effect": "Allow", "Principal": {"AWS": own}, "Action": "sts:AssumeRole"}
    other = cloud.role([{"Action": "lambda:InvokeFunction", "Resource": echo}], trust)
    state = {**TASK, "Parameters": {"FunctionName": echo}, "Credentials": {"RoleArn": other}}
    assert cloud.result(machine_of(("Call", state)), role=own)["StatusCode"] == 200


def test_callers_need_leave_to_start(cloud: StatesCloud) -> None:
    machine = cloud.machine(PASS)
    caller = cloud.role(
        [{"Action": "states:StartExecution", "Resource": machine}],
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"},
    )
    client = cloud.client("stepfunctions", caller)
    client.start_execution(stateMachineArn=machine)
    other = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:other"
    with pytest.raises(ClientError, match="states:StartExecution"):
        client.start_execution(stateMachineArn=other)


def test_names_make_executions_unique(cloud: StatesCloud) -> None:
    machine = cloud.machine(machine_of(("Wait", {"Type": "Wait", "Seconds": 30})))
    first = cloud.start(machine, {"a": 1}, name="one")
    assert cloud.start(machine, {"a": 1}, name="one") == first
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        cloud.start(machine, {"a": 2}, name="one")
    with pytest.raises(ClientError, match="InvalidExecutionInput"):
        cloud.states.start_execution(stateMachineArn=machine, input="{")
    cloud.states.stop_execution(executionArn=first)


def test_executions_run_side_by_side_and_can_be_stopped(cloud: StatesCloud) -> None:
    machine = cloud.machine(machine_of(("Wait", {"Type": "Wait", "Seconds": 60})))
    started = time.monotonic()
    executions = [cloud.start(machine) for _ in range(30)]
    assert time.monotonic() - started < 5
    listed = cloud.states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    assert {each["executionArn"] for each in listed} == set(executions)
    cloud.states.stop_execution(executionArn=executions[0], error="Enough", cause="of it")
    ended = cloud.states.describe_execution(executionArn=executions[0])
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Enough", "of it")
    assert cloud.kinds(executions[0])[-2:] == ["WaitStateAborted", "ExecutionAborted"]
    cloud.states.delete_state_machine(stateMachineArn=machine)
    with pytest.raises(ClientError, match="ExecutionDoesNotExist"):
        cloud.states.describe_execution(executionArn=executions[1])


def test_versions_and_aliases_run_what_they_were_made_of(cloud: StatesCloud) -> None:
    machine = cloud.machine(machine_of(("Old", {"Type": "Pass", "Result": "old"})))
    version = cloud.states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    routes = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = cloud.states.create_state_machine_alias(name="live", routingConfiguration=routes)["stateMachineAliasArn"]
    new = json.dumps(machine_of(("New", {"Type": "Pass", "Result": "new"})))
    cloud.states.update_state_machine(stateMachineArn=machine, definition=new)
    assert cloud.ended(cloud.start(machine))["output"] == "new"
    assert cloud.ended(cloud.start(version))["output"] == "old"
    assert cloud.ended(cloud.start(alias))["output"] == "old"
    listed = cloud.states.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]
    assert [each["stateMachineVersionArn"] for each in listed] == [version]


def test_a_machines_end_is_told_to_the_bus(cloud: StatesCloud) -> None:
    listener = cloud.machine(machine_of(("Take", {"Type": "Pass", "OutputPath": "$.detail"})))
    machine = cloud.machine(machine_of(("Done", {"Type": "Pass", "Result": "done"})))
    trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = cloud.role([{"Action": "states:StartExecution", "Resource": listener}], trust)
    pattern = {"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"], "stateMachineArn": [machine]}}
    events, rule = cloud.client("events"), unique("rule")
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "machine", "Arn": listener, "RoleArn": role}])
    execution = cloud.start(machine)
    deadline = time.monotonic() + 10
    while not (found := cloud.states.list_executions(stateMachineArn=listener)["executions"]):
        assert time.monotonic() < deadline, "nobody was told"
        time.sleep(0.05)
    told = cloud.ended(found[0]["executionArn"])["output"]
    assert (told["executionArn"], told["output"]) == (execution, '"done"')
