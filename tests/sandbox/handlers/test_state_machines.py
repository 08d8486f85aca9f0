"""State machines."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sandbox_cloud import SandboxCloud, create, delete, imported, tagged, update

from pulumi_sandbox.plugin.handlers import handler_for

MACHINE = "aws:sfn/stateMachine:StateMachine"
GROUP = "/aws/vendedlogs/states/handlers"


def definition(result: Any) -> str:
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": result, "End": True}}}, indent=1)


@pytest.fixture(scope="module")
def role(cloud: SandboxCloud) -> str:
    service = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
    iam = cloud.client("iam")
    arn = iam.create_role(RoleName="machines", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="machines", PolicyName="own", PolicyDocument=policy)
    cloud.client("logs").create_log_group(logGroupName=GROUP)
    return arn


def test_state_machine_lives(cloud: SandboxCloud, role: str) -> None:
    destination = f"arn:aws:logs:eu-central-1:{cloud.account_id}:log-group:{GROUP}:*"
    inputs = tagged(
        {
            "name": "flow",
            "definition": definition(1),
            "roleArn": role,
            "type": "EXPRESS",
            "publish": False,
            "loggingConfiguration": {"level": "ALL", "includeExecutionData": True, "logDestination": destination},
            "tracingConfiguration": {"enabled": True},
            "tags": {"a": "1"},
        },
        team="x",
    )
    machine = create(cloud, MACHINE, inputs)
    assert machine.id == f"arn:aws:states:eu-central-1:{cloud.account_id}:stateMachine:flow"
    assert machine.outputs["definition"] == definition(1)
    assert machine.outputs["status"] == "ACTIVE"
    assert machine.outputs["loggingConfiguration"]["logDestination"] == destination
    assert machine.outputs["tagsAll"] == {"a": "1", "team": "x"}
    imported(cloud, MACHINE, machine.id, machine)

    changed = tagged({**inputs, "definition": definition(2), "publish": True, "tags": {"b": "2"}})
    changed["loggingConfiguration"] = {"level": "ERROR", "includeExecutionData": False, "logDestination": destination}
    machine = update(cloud, MACHINE, machine, {**changed, "tagsAll": {"b": "2"}})
    assert machine.outputs["stateMachineVersionArn"] == f"{machine.id}:1"
    assert machine.outputs["loggingConfiguration"]["level"] == "ERROR"
    delete(cloud, MACHINE, machine)


def test_drift_shows(cloud: SandboxCloud, role: str) -> None:
    machine = create(cloud, MACHINE, tagged({"name": "drift", "definition": definition(1), "roleArn": role}))
    assert machine.outputs["type"] == "STANDARD"
    cloud.client("stepfunctions").update_state_machine(stateMachineArn=machine.id, definition=definition(3))
    found = handler_for(MACHINE).read(cloud, machine.id, machine.inputs)
    assert found is not None
    assert found.outputs["definition"] == definition(3)
    delete(cloud, MACHINE, machine)


def test_a_wrong_definition_is_refused(cloud: SandboxCloud, role: str) -> None:
    wrong = json.dumps({"StartAt": "A", "States": {}})
    with pytest.raises(ClientError, match="InvalidDefinition"):
        handler_for(MACHINE).create(cloud, tagged({"name": "wrong", "definition": wrong, "roleArn": role}))
