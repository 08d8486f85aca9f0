"""Event source mappings, subscriptions, notifications, rules, targets and schedules as resources."""

import io
import json
import zipfile
from typing import Any

import pytest
from sandbox_cloud import SandboxCloud, create, delete, imported, tagged, update

from pulumi_sandbox.plugin.handler import Resource

ACCOUNT = "123456789012"
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
READ_QUEUE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]


def policy(*actions: str, principal: str | None = None, resource: str = "*") -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    if principal:
        statement["Principal"] = {"Service": principal}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(cloud: SandboxCloud, name: str, service: str, *actions: str) -> str:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    cloud.client("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*actions))
    return arn


@pytest.fixture(scope="module")
def function(cloud: SandboxCloud) -> str:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        opened.writestr("main.py", "def handler(event, context):\n    return event\n")
    return cloud.client("lambda").create_function(
        FunctionName="reader",
        Role=role(cloud, "reader", "lambda.amazonaws.com", *READ_QUEUE),
        Runtime="python3.13",
        Handler="main.handler",
        Code={"ZipFile": content.getvalue()},
    )["FunctionArn"]


def queue(cloud: SandboxCloud, name: str) -> Resource:
    return create(cloud, QUEUE, tagged({"name": name}))


def test_mapping_lives(cloud: SandboxCloud, function: str) -> None:
    source = queue(cloud, "mapped")
    inputs = tagged(
        {
            "eventSourceArn": source.outputs["arn"],
            "functionName": "reader",
            "batchSize": 5,
            "enabled": True,
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "scalingConfig": {"maximumConcurrency": 2},
            "filterCriteria": {"filters": [{"pattern": json.dumps({"body": {"a": [1]}})}]},
            "tags": {"a": "1"},
        }
    )
    mapping = create(cloud, MAPPING, inputs)
    assert mapping.outputs["uuid"] == mapping.id
    assert mapping.outputs["functionArn"] == function
    assert mapping.outputs["state"] == "Enabled"
    imported(cloud, MAPPING, mapping.id, mapping)
    changed = tagged(
        {"eventSourceArn": source.outputs["arn"], "functionName": function, "enabled": False, "tags": {"b": "2"}}
    )
    mapping = update(cloud, MAPPING, mapping, changed)
    assert mapping.outputs["state"] == "Disabled"
    assert not mapping.outputs.get("functionResponseTypes")
    assert not mapping.outputs.get("filterCriteria")
    delete(cloud, MAPPING, mapping)


@pytest.mark.parametrize(
    ("token", "name", "value", "other"),
    [
        ("aws:sqs/queuePolicy:QueuePolicy", "policy", policy("sqs:SendMessage", principal="sns.amazonaws.com"), None),
        (
            "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
            "redriveAllowPolicy",
            '{"redrivePermission": "denyAll"}',
            None,
        ),
        (
            "aws:sqs/redrivePolicy:RedrivePolicy",
            "redrivePolicy",
            '{"deadLetterTargetArn": "%s", "maxReceiveCount": 3}',
            4,
        ),
    ],
)
def test_queue_settings_live(cloud: SandboxCloud, token: str, name: str, value: str, other: int | None) -> None:
    target = queue(cloud, f"set-{name}")
    if other:
        value %= queue(cloud, f"dead-{name}").outputs["arn"]
    setting = create(cloud, token, {"queueUrl": target.id, name: value})
    assert setting.id == target.id
    imported(cloud, token, target.id, setting)
    changed = value.replace('": 3', f'": {other}') if other else value.replace("denyAll", "allowAll")
    setting = update(cloud, token, setting, {"queueUrl": target.id, name: changed})
    delete(cloud, token, setting)


def test_subscription_lives(cloud: SandboxCloud) -> None:
    token = "aws:sns/topicSubscription:TopicSubscription"
    topic, target, dead = create(cloud, TOPIC, tagged({"name": "news"})), queue(cloud, "sub"), queue(cloud, "sub-dead")
    fixed = {"topic": topic.outputs["arn"], "protocol": "sqs", "endpoint": target.outputs["arn"]}
    inputs = {
        **fixed,
        "filterPolicy": json.dumps({"part": {"kind": ["a"]}}),
        "filterPolicyScope": "MessageBody",
        "rawMessageDelivery": True,
        "redrivePolicy": json.dumps({"deadLetterTargetArn": dead.outputs["arn"]}),
        "confirmationTimeoutInMinutes": 1,
        "endpointAutoConfirms": False,
    }
    subscription = create(cloud, token, inputs)
    assert subscription.outputs["arn"] == subscription.id
    assert subscription.outputs["pendingConfirmation"] is False
    imported(cloud, token, subscription.id, subscription)
    subscription = update(cloud, token, subscription, {**fixed, "rawMessageDelivery": False})
    assert "redrivePolicy" not in subscription.outputs
    delete(cloud, token, subscription)


def test_topic_policy_lives(cloud: SandboxCloud) -> None:
    token = "aws:sns/topicPolicy:TopicPolicy"
    arn = create(cloud, TOPIC, tagged({"name": "with-policy"})).outputs["arn"]
    inputs = {"arn": arn, "policy": policy("sns:Publish", principal="s3.amazonaws.com", resource=arn)}
    made = create(cloud, token, inputs)
    imported(cloud, token, arn, made)
    made = update(
        cloud,
        token,
        made,
        {"arn": arn, "policy": policy("sns:Publish", principal="events.amazonaws.com", resource=arn)},
    )
    delete(cloud, token, made)
