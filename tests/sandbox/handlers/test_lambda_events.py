"""The configuration of a function's asynchronous events."""

import json
import zipfile
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from sandbox_cloud import SandboxCloud, create, delete, imported, update

from pulumi_sandbox.plugin.handlers import handler_for

EVENTS = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:failed"
FAILURE = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:failure"


def allow(cloud: SandboxCloud, *statements: tuple[str, str]) -> None:
    allowed = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    cloud.client("iam").put_role_policy(RoleName="events", PolicyName="own", PolicyDocument=document)


@pytest.fixture(scope="module")
def function(cloud: SandboxCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    archive = tmp_path_factory.mktemp("code") / "code.zip"
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", "def handler(event, context): return 1\n")
    service = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
    role = cloud.client("iam").create_role(RoleName="events", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    cloud.client("lambda").create_function(
        FunctionName="worker",
        Role=role,
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": archive.read_bytes()},
    )
    yield "worker"
    cloud.client("lambda").delete_function(FunctionName="worker")


def test_event_configuration_lives(cloud: SandboxCloud, function: str) -> None:
    allow(cloud, ("lambda:InvokeFunction", FAILURE), ("sqs:SendMessage", QUEUE))
    inputs = {
        "functionName": function,
        "maximumRetryAttempts": 1,
        "maximumEventAgeInSeconds": 1086,
        "destinationConfig": {"onFailure": {"destination": FAILURE}},
    }
    events = create(cloud, EVENTS, inputs)
    assert events.id == function
    imported(cloud, EVENTS, function, events)
    events = update(
        cloud,
        EVENTS,
        events,
        {
            "functionName": function,
            "maximumRetryAttempts": 2,
            "destinationConfig": {"onSuccess": {"destination": QUEUE}},
        },
    )
    assert "maximumEventAgeInSeconds" not in events.outputs
    assert events.outputs["destinationConfig"] == {"onSuccess": {"destination": QUEUE}}
    delete(cloud, EVENTS, events)


def test_declared_by_arn_it_stays_the_arn(cloud: SandboxCloud, function: str) -> None:
    arn = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:{function}"
    events = create(cloud, EVENTS, {"functionName": arn, "maximumRetryAttempts": 0})
    assert events.outputs["functionName"] == events.id == arn
    delete(cloud, EVENTS, events)


def test_a_destination_that_the_role_may_not_use_is_refused(cloud: SandboxCloud, function: str) -> None:
    allow(cloud, ("lambda:InvokeFunction", f"{FAILURE}-of-another"))
    destination = {"onFailure": {"destination": FAILURE}}
    with pytest.raises(ClientError, match=f"does not have permissions to call InvokeFunction on {FAILURE}"):
        handler_for(EVENTS).create(cloud, {"functionName": function, "destinationConfig": destination})
    assert handler_for(EVENTS).read(cloud, function, {}) is None


def test_a_qualifier_is_refused_by_name(cloud: SandboxCloud, function: str) -> None:
    with pytest.raises(ValueError, match="qualifier is 'live'"):
        handler_for(EVENTS).create(cloud, {"functionName": function, "qualifier": "live"})
