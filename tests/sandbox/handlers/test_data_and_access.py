"""Tables, items, log groups, alarms, roles and policies."""

import json

import pytest
from botocore.exceptions import ClientError
from sandbox_cloud import SandboxCloud, create, delete, imported, tagged, update

from pulumi_sandbox.plugin.handlers import handler_for

TABLE = "aws:dynamodb/table:Table"
ITEM = "aws:dynamodb/tableItem:TableItem"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"


def table_inputs(**more: object) -> dict[str, object]:
    return tagged(
        {
            "name": "turns",
            "billingMode": "PAY_PER_REQUEST",
            "hashKey": "pk",
            "rangeKey": "sk",
            "attributes": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            "ttl": {"attributeName": "expires", "enabled": True},
            "pointInTimeRecovery": {"enabled": True},
            "serverSideEncryption": {"enabled": True},
            "tags": {"a": "1"},
            **more,
        }
    )


def test_table_lives(cloud: SandboxCloud) -> None:
    table = create(cloud, TABLE, table_inputs(deletionProtectionEnabled=True))
    assert table.id == "turns"
    assert table.outputs["arn"] == "arn:aws:dynamodb:eu-central-1:123456789012:table/turns"
    assert table.outputs["billingMode"] == "PAY_PER_REQUEST"
    imported(cloud, TABLE, "turns", table)
    with pytest.raises(ClientError, match="DeletionProtectionEnabled"):
        handler_for(TABLE).delete(cloud, table)

    attributes = [{"name": name, "type": "S"} for name in ("pk", "sk", "owner")]
    index = {"name": "by-owner", "hashKey": "owner", "projectionType": "ALL"}
    inputs = table_inputs(
        attributes=attributes,
        globalSecondaryIndexes=[index],
        ttl={"attributeName": "expires", "enabled": False},
        streamEnabled=True,
        streamViewType="NEW_IMAGE",
        tags={"b": "2"},
    )
    table = update(cloud, TABLE, table, inputs)
    assert table.outputs["streamArn"].startswith("arn:aws:dynamodb:")
    assert table.outputs["deletionProtectionEnabled"] is False
    assert table.outputs["tagsAll"] == {"b": "2"}

    table = update(cloud, TABLE, table, table_inputs(pointInTimeRecovery={"enabled": False}))
    assert not table.outputs["globalSecondaryIndexes"]
    assert not table.outputs["streamEnabled"]
    delete(cloud, TABLE, table)


def test_item_lives(cloud: SandboxCloud) -> None:
    table = create(cloud, TABLE, table_inputs(name="items"))
    text = json.dumps({"pk": {"S": "prompt"}, "sk": {"S": "v1"}, "n": {"N": "3"}}, indent=1)
    inputs = {"tableName": table.id, "hashKey": "pk", "rangeKey": "sk", "item": text}
    item = create(cloud, ITEM, inputs)
    assert item.id == "items|pk||prompt||sk||v1|"
    assert item.outputs["item"] == text
    imported(cloud, ITEM, "items|prompt|v1", item)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        handler_for(ITEM).create(cloud, inputs)

    cloud.client("dynamodb").put_item(
        TableName="items", Item={"pk": {"S": "prompt"}, "sk": {"S": "v1"}, "n": {"N": "4"}}
    )
    drifted = handler_for(ITEM).read(cloud, item.id, inputs)
    assert drifted is not None
    assert json.loads(drifted.outputs["item"])["n"] == {"N": "4"}

    item = update(cloud, ITEM, drifted, {**inputs, "item": json.dumps({"pk": {"S": "prompt"}, "sk": {"S": "v1"}})})
    delete(cloud, ITEM, item)
    delete(cloud, TABLE, table)


def test_log_group_lives(cloud: SandboxCloud) -> None:
    group = create(cloud, LOG_GROUP, tagged({"name": "/a/b", "retentionInDays": 14, "tags": {"a": "1"}}))
    assert group.outputs["arn"] == "arn:aws:logs:eu-central-1:123456789012:log-group:/a/b"
    create(cloud, LOG_GROUP, tagged({"name": "/a/b/c"}))
    imported(cloud, LOG_GROUP, "/a/b", group)
    group = update(cloud, LOG_GROUP, group, tagged({"name": "/a/b", "tags": {"b": "2"}}))
    assert group.outputs["retentionInDays"] == 0
    assert group.outputs["tagsAll"] == {"b": "2"}
    delete(cloud, LOG_GROUP, group)


def test_alarm_lives(cloud: SandboxCloud) -> None:
    inputs = tagged(
        {
            "name": "deep",
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "metricName": "Depth",
            "namespace": "AWS/SQS",
            "period": 60,
            "statistic": "Maximum",
            "threshold": 0,
            "dimensions": {"QueueName": "dead"},
            "alarmActions": ["arn:aws:sns:eu-central-1:123456789012:alarms"],
            "tags": {"a": "1"},
        }
    )
    alarm = create(cloud, ALARM, inputs)
    assert alarm.id == "deep"
    assert alarm.outputs["arn"] == "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:deep"
    with pytest.raises(ValueError, match="already exists"):
        handler_for(ALARM).create(cloud, inputs)
    imported(cloud, ALARM, "deep", alarm)
    alarm = update(cloud, ALARM, alarm, tagged({**inputs, "threshold": 5, "tags": {"a": "2"}}))
    assert alarm.outputs["tagsAll"] == {"a": "2"}
    delete(cloud, ALARM, alarm)


def test_dashboard_lives(cloud: SandboxCloud) -> None:
    inputs = {"dashboardName": "board", "dashboardBody": '{"widgets": []}'}
    board = create(cloud, DASHBOARD, inputs)
    assert board.id == "board"
    assert board.outputs["dashboardArn"] == "arn:aws:cloudwatch::123456789012:dashboard/board"
    with pytest.raises(ValueError, match="already exists"):
        handler_for(DASHBOARD).create(cloud, inputs)
    imported(cloud, DASHBOARD, "board", board)
    text = {"type": "text", "x": 0, "y": 0, "width": 1, "height": 1, "properties": {"markdown": "b"}}
    board = update(cloud, DASHBOARD, board, {**inputs, "dashboardBody": json.dumps({"widgets": [text]})})
    assert json.loads(board.outputs["dashboardBody"])["widgets"] == [text]
    delete(cloud, DASHBOARD, board)


def test_alarm_on_a_metric_query(cloud: SandboxCloud) -> None:
    metric = {"metricName": "Errors", "namespace": "AWS/Lambda", "period": 60, "stat": "Sum"}
    inputs = tagged(
        {
            "name": "rate",
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
            "threshold": 0.5,
            "metricQueries": [
                {"id": "e1", "expression": "m1/10", "label": "rate", "returnData": True},
                {"id": "m1", "metric": {**metric, "dimensions": {"FunctionName": "f"}}},
            ],
        }
    )
    alarm = create(cloud, ALARM, inputs)
    assert alarm.outputs["metricQueries"][1]["metric"]["dimensions"] == {"FunctionName": "f"}
    delete(cloud, ALARM, alarm)


def statement(action: str) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action], "Resource": "*"}]}
    )


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)


def test_role_and_policies_live(cloud: SandboxCloud) -> None:
    role = create(cloud, ROLE, tagged({"name": "worker", "assumeRolePolicy": TRUST, "tags": {"a": "1"}}))
    assert role.outputs["arn"] == "arn:aws:iam::123456789012:role/worker"
    assert role.outputs["uniqueId"].startswith("AROA")
    assert role.outputs["assumeRolePolicy"] == TRUST
    policy = create(cloud, POLICY, tagged({"name": "reads", "path": "/", "policy": statement("s3:GetObject")}))
    assert policy.id == "arn:aws:iam::123456789012:policy/reads"
    attachment = create(cloud, ATTACHMENT, {"role": role.id, "policyArn": policy.id})
    imported(cloud, ATTACHMENT, attachment.id, attachment)
    inline = create(cloud, ROLE_POLICY, {"role": role.id, "name": "own", "policy": statement("s3:PutObject")})
    assert inline.id == "worker:own"
    imported(cloud, ROLE_POLICY, inline.id, inline)

    # The role's own state shows what is attached, and its update leaves it alone.
    found = imported(cloud, ROLE, "worker", role)
    assert found.outputs["managedPolicyArns"] == [policy.id]
    assert "managedPolicyArns" not in found.inputs
    inputs = tagged({"name": "worker", "assumeRolePolicy": TRUST, "description": "works", "tags": {"b": "2"}})
    role = update(cloud, ROLE, role, inputs)
    assert role.outputs["managedPolicyArns"] == [policy.id]
    assert role.outputs["tagsAll"] == {"b": "2"}
    with pytest.raises(ClientError, match="DeleteConflict"):
        handler_for(ROLE).delete(cloud, role)

    for number in range(6):
        policy = update(
            cloud, POLICY, policy, tagged({"name": "reads", "path": "/", "policy": statement(f"s3:Get{number}")})
        )
    inline = update(cloud, ROLE_POLICY, inline, {"role": role.id, "name": "own", "policy": statement("s3:List*")})
    delete(cloud, ROLE_POLICY, inline)
    delete(cloud, ATTACHMENT, attachment)
    delete(cloud, POLICY, policy)
    delete(cloud, ROLE, role)


def test_inline_policy_taken_away_is_drift(cloud: SandboxCloud) -> None:
    role = create(cloud, ROLE, tagged({"name": "drifting", "assumeRolePolicy": TRUST}))
    inline = create(cloud, ROLE_POLICY, {"role": role.id, "name": "own", "policy": statement("s3:PutObject")})
    cloud.client("iam").put_role_policy(
        RoleName="drifting", PolicyName="own", PolicyDocument=statement("s3:DeleteObject")
    )
    found = handler_for(ROLE_POLICY).read(cloud, inline.id, inline.inputs)
    assert found is not None
    assert "DeleteObject" in found.outputs["policy"]
    cloud.client("iam").delete_role_policy(RoleName="drifting", PolicyName="own")
    assert handler_for(ROLE_POLICY).read(cloud, inline.id, inline.inputs) is None


def test_role_with_policies_of_its_own(cloud: SandboxCloud) -> None:
    inputs = tagged(
        {
            "name": "whole",
            "assumeRolePolicy": TRUST,
            "inlinePolicies": [{"name": "one", "policy": statement("s3:GetObject")}],
        }
    )
    role = create(cloud, ROLE, inputs)
    inputs["inlinePolicies"] = [{"name": "two", "policy": statement("s3:PutObject")}]
    role = update(cloud, ROLE, role, inputs)
    assert [policy["name"] for policy in role.outputs["inlinePolicies"]] == ["two"]
    delete(cloud, ROLE, role)
