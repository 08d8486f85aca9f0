"""What operators and auditors are told: failing functions, tokens, money, and every call of a model."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alarms import ALARM_TOPIC, a_period_later, alarms, is_in
from background import part, unique, until
from deployment import Deployment
from roles import function_role

pytestmark = pytest.mark.xdist_group("e2e")
LOG_STREAM = "aws/bedrock/modelinvocations"


def failing_alarms(stack: Deployment) -> dict[str, str]:
    """Function -> the alarm that goes off when it fails again and again."""
    found: dict[str, str] = {}
    for alarm in alarms(stack):
        metrics = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
        watched = {metric["MetricName"]: metric["Dimensions"][0]["Value"] for metric in metrics}
        if set(watched) == {"Errors", "Throttles"} and len(metrics) == 3:
            [function] = set(watched.values())
            found[function] = alarm["AlarmName"]
    return found


def resource(stack: Deployment, kind: str) -> dict[str, Any]:
    """The inputs of the stack's one resource of a type."""
    resources = json.loads(stack.pulumi("stack", "export"))["deployment"]["resources"]
    [found] = [each for each in resources if each["type"] == kind]
    return found["inputs"]


def model_log(stack: Deployment) -> list[Any]:
    """Every record of a call of a model."""
    setting = stack.aws("bedrock").get_model_invocation_logging_configuration()["loggingConfig"]
    group = setting["cloudWatchConfig"]["logGroupName"]
    pages = stack.aws("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]


def test_each_function_has_an_alarm_that_goes_off_when_it_fails_again_and_again(stack: Deployment) -> None:
    deployed = {function["FunctionName"] for function in stack.aws("lambda").list_functions()["Functions"]}
    watched = failing_alarms(stack)
    assert set(watched) == deployed
    [function] = [name for name in deployed if "websocket-authorizer" in name]
    is_in(stack, watched[function], "OK")
    for _ in range(5):
        answer = stack.aws("lambda").invoke(FunctionName=function, Payload=json.dumps({"broken": True}))
        assert "FunctionError" in answer
    is_in(stack, watched[function], "ALARM")
    for _ in range(5):
        a_period_later(stack)
    is_in(stack, watched[function], "OK")


def test_every_alarm_goes_to_the_topic(stack: Deployment) -> None:
    assert {tuple(alarm["AlarmActions"]) for alarm in alarms(stack)} == {(ALARM_TOPIC,)}


def test_the_tokens_of_all_tenants_are_watched_together(stack: Deployment) -> None:
    [alarm] = [alarm for alarm in alarms(stack) if alarm.get("MetricName") == "Tokens"]
    assert (alarm["Threshold"], alarm["Period"], alarm["Statistic"]) == (5_000_000, 86_400, "Sum")

    def tokens() -> float:
        now = datetime.now(UTC) + timedelta(days=1)
        found = stack.aws("cloudwatch").get_metric_statistics(
            Namespace=alarm["Namespace"],
            MetricName=alarm["MetricName"],
            Dimensions=alarm["Dimensions"],
            StartTime=now - timedelta(days=3),
            EndTime=now,
            Period=86_400,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])

    before = tokens()
    used = stack.ask(unique("When are updates installed?"))["usage"]["total_tokens"]
    assert until(tokens, lambda after: after >= before + used) == before + used


def test_a_budget_tells_people_before_and_when_the_month_is_too_expensive(stack: Deployment) -> None:
    budget = resource(stack, "aws:budgets/budget:Budget")
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("50.00", "USD", "MONTHLY")
    told = {(each["notificationType"], each["threshold"]) for each in budget["notifications"]}
    assert told == {("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    for each in budget["notifications"]:
        assert each["subscriberEmailAddresses"] == ["platform@example.com"]
        assert each["subscriberSnsTopicArns"] == [ALARM_TOPIC]
    of_the_stack, models = budget["filterExpression"]["ors"]
    tags = {each["tags"]["key"]: each["tags"]["values"] for each in of_the_stack["ands"]}
    assert tags == {"project": ["genai-tiers"], "stack": [stack.stack]}
    assert models["dimensions"]["values"] == ["Amazon Bedrock"]


def test_every_call_of_a_model_is_in_the_log_with_who_made_it(stack: Deployment) -> None:
    question = unique("What must visitors wear?")
    answer = stack.ask(question)
    record = until(
        lambda: next((each for each in model_log(stack) if question in json.dumps(each["input"])), None),
        lambda found: found is not None,
    )
    role = function_role(stack, part(stack, "function", "request-response"))
    assert record["operation"] == "Converse"
    assert record["identity"]["arn"].rpartition("/")[2] == role
    said = record["output"]["outputBodyJson"]["output"]["message"]["content"][0]["text"]
    assert said == answer["choices"][0]["message"]["content"]
    usage = answer["usage"]
    assert (record["input"]["inputTokenCount"], record["output"]["outputTokenCount"]) == (
        usage["prompt_tokens"],
        usage["completion_tokens"],
    )
    assert not [each for each in model_log(stack) if "titan-embed" in each["modelId"]]


def test_nobody_but_bedrock_for_this_account_writes_the_log(stack: Deployment) -> None:
    setting = stack.aws("bedrock").get_model_invocation_logging_configuration()["loggingConfig"]["cloudWatchConfig"]
    role = setting["roleArn"].rpartition("/")[2]
    [trust] = stack.aws("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "bedrock.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:bedrock:us-east-1:123456789012:*"},
    }
    [group] = stack.aws("logs").describe_log_groups(logGroupNamePrefix=setting["logGroupName"])["logGroups"]
    assert group["retentionInDays"] == 90
    assert group["kmsKeyId"].startswith("arn:aws:kms:")
    large = setting["largeDataDeliveryS3Config"]["bucketName"]
    policy = json.loads(stack.aws("s3").get_bucket_policy(Bucket=large)["Policy"])
    [writers] = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
    assert writers["Resource"] == f"arn:aws:s3:::{large}/AWSLogs/123456789012/BedrockModelInvocationLogs/*"
    assert writers["Condition"] == trust["Condition"]
