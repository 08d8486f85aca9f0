"""Event source mappings, subscriptions, notifications, rules, targets and schedules as resources."""

import io
import json
import zipfile
from typing import Any

import pytest
from sandbox_cloud import SandboxCloud, create, delete, imported, tagged, update

from pulumi_sandbox.plugin.handler import Resource
from pulumi_sandbox.plugin.handlers import handler_for

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


def test_settings_of_a_queue_leave_each_other_alone(cloud: SandboxCloud) -> None:
    target, dead = queue(cloud, "settled"), queue(cloud, "settled-dead")
    values = {
        "policy": ("aws:sqs/queuePolicy:QueuePolicy", policy("sqs:SendMessage", principal="sns.amazonaws.com")),
        "redrivePolicy": (
            "aws:sqs/redrivePolicy:RedrivePolicy",
            json.dumps({"deadLetterTargetArn": dead.outputs["arn"], "maxReceiveCount": 3}),
        ),
    }
    for name, (token, value) in values.items():
        create(cloud, token, {"queueUrl": target.id, name: value})
    found = handler_for(QUEUE).read(cloud, target.id, target.inputs)
    assert found is not None
    refreshed = Resource(target.id, found.outputs, target.inputs)
    refreshed = update(cloud, QUEUE, refreshed, tagged({"name": "settled", "visibilityTimeoutSeconds": 77}))
    for name, (_, value) in values.items():
        assert json.loads(refreshed.outputs[name]) == json.loads(value)


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


def test_bucket_notification_lives(cloud: SandboxCloud, function: str) -> None:
    token = "aws:s3/bucketNotification:BucketNotification"
    cloud.client("s3").create_bucket(Bucket="told", CreateBucketConfiguration={"LocationConstraint": cloud.region})
    cloud.client("lambda").add_permission(
        FunctionName=function, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    entry = {"lambdaFunctionArn": function, "events": ["s3:ObjectCreated:*"], "filterPrefix": "in/"}
    notification = create(cloud, token, {"bucket": "told", "eventbridge": True, "lambdaFunctions": [entry]})
    identifier = notification.outputs["lambdaFunctions"][0]["id"]
    assert identifier.startswith("tf-s3-lambda-")
    imported(cloud, token, "told", notification)
    entry = {**entry, "filterSuffix": ".txt"}
    notification = update(cloud, token, notification, {"bucket": "told", "lambdaFunctions": [entry]})
    assert notification.outputs["lambdaFunctions"][0]["id"] == identifier
    assert notification.outputs["eventbridge"] is False
    delete(cloud, token, notification)


@pytest.mark.parametrize("bus", ["default", "own"])
def test_rule_and_target_live(cloud: SandboxCloud, bus: str) -> None:
    rule_token, target_token = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
    if bus != "default":
        cloud.client("events").create_event_bus(Name=bus)
    named = {"name": "changes", "eventBusName": bus}
    rule = create(
        cloud,
        rule_token,
        tagged({**named, "eventPattern": '{"source": ["a"]}', "description": "d", "tags": {"a": "1"}}),
    )
    assert rule.id == ("changes" if bus == "default" else "own/changes")
    assert rule.outputs["state"] == "ENABLED"
    imported(cloud, rule_token, rule.id, rule)
    changed = tagged({**named, "eventPattern": '{"source": ["b"]}', "state": "DISABLED", "tags": {"b": "2"}})
    rule = update(cloud, rule_token, rule, changed)

    destination = queue(cloud, f"target-{bus}").outputs["arn"]
    inputs = {"rule": "changes", "eventBusName": bus, "arn": destination}
    shaped = {
        **inputs,
        "targetId": "one",
        "inputTransformer": {"inputPaths": {"n": "$.detail.n"}, "inputTemplate": '{"n": <n>}'},
        "retryPolicy": {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 60},
        "deadLetterConfig": {"arn": destination},
    }
    target = create(cloud, target_token, shaped)
    assert target.id == ("changes-one" if bus == "default" else "own-changes-one")
    imported(cloud, target_token, f"{bus}/changes/one", target)
    target = update(cloud, target_token, target, {**inputs, "targetId": "one", "input": '{"fixed": 1}'})
    assert "inputTransformer" not in target.outputs
    other = create(cloud, target_token, inputs)
    assert other.outputs["targetId"].startswith("terraform-")
    for made in (target, other):
        delete(cloud, target_token, made)
    delete(cloud, rule_token, rule)


def test_schedule_and_group_live(cloud: SandboxCloud) -> None:
    group_token, token = "aws:scheduler/scheduleGroup:ScheduleGroup", "aws:scheduler/schedule:Schedule"
    group = create(cloud, group_token, tagged({"name": "nightly", "tags": {"a": "1"}}))
    imported(cloud, group_token, "nightly", group)
    group = update(cloud, group_token, group, tagged({"name": "nightly", "tags": {"b": "2"}}))
    sender = role(cloud, "sender", "scheduler.amazonaws.com", "sqs:SendMessage")
    fixed = {
        "name": "report",
        "groupName": "nightly",
        "flexibleTimeWindow": {"mode": "OFF"},
        "scheduleExpressionTimezone": "Europe/Berlin",
        "state": "ENABLED",
    }
    arn = queue(cloud, "reports").outputs["arn"]
    target = {"arn": arn, "roleArn": sender, "input": '{"a": 1}', "deadLetterConfig": {"arn": arn}}
    inputs = {**fixed, "scheduleExpression": "cron(0 3 * * ? *)", "startDate": "2031-01-01T00:00:00Z", "target": target}
    schedule = create(cloud, token, inputs)
    assert schedule.id == "nightly/report"
    assert schedule.outputs["arn"].endswith(":schedule/nightly/report")
    assert schedule.outputs["startDate"] == "2031-01-01T00:00:00Z"
    imported(cloud, token, schedule.id, schedule)
    retry = {"maximumRetryAttempts": 2, "maximumEventAgeInSeconds": 120}
    changed = {
        **fixed,
        "scheduleExpression": "at(2031-01-01T00:00:00)",
        "actionAfterCompletion": "DELETE",
        "target": {"arn": arn, "roleArn": sender, "retryPolicy": retry},
    }
    schedule = update(cloud, token, schedule, changed)
    assert "startDate" not in schedule.outputs
    delete(cloud, token, schedule)
    delete(cloud, group_token, group)
