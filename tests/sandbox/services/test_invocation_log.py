"""The log of model calls: its setting, its records, and what goes to a bucket."""

import gzip
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from own_cloud import ACCOUNT, REGION, OwnCloud, bedrock_trust, unique
from prompts import NOVA, asking, text_of

STREAM = "aws/bedrock/modelinvocations"
WRITE = ["logs:CreateLogStream", "logs:PutLogEvents"]


def setting(group: str, role: str, bucket: str, **more: bool) -> dict[str, Any]:
    log = {"logGroupName": group, "roleArn": role, "largeDataDeliveryS3Config": {"bucketName": bucket}}
    return {"cloudWatchConfig": log, **more}


@pytest.fixture
def group(own_cloud: OwnCloud) -> Iterator[str]:
    """A log group; calls are not logged afterwards."""
    name = unique("log")
    own_cloud.client("logs").create_log_group(logGroupName=name)
    yield name
    own_cloud.client("bedrock").delete_model_invocation_logging_configuration()


@pytest.fixture
def bucket(own_cloud: OwnCloud) -> str:
    """A bucket into which Bedrock may put what is too large."""
    name = unique("bodies")
    own_cloud.client("s3").create_bucket(Bucket=name)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "bedrock.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/*",
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:bedrock:{REGION}:{ACCOUNT}:*"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    own_cloud.client("s3").put_bucket_policy(Bucket=name, Policy=policy)
    return name


def put(own_cloud: OwnCloud, config: dict[str, Any]) -> None:
    own_cloud.client("bedrock").put_model_invocation_logging_configuration(loggingConfig=config)


def writer(own_cloud: OwnCloud, group: str, **condition: Any) -> str:
    stream = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:{STREAM}"
    return own_cloud.role([{"Action": WRITE, "Resource": stream}], bedrock_trust(**condition))


def records(own_cloud: OwnCloud, group: str, count: int) -> list[Any]:
    """The first records of a log, once there are so many."""
    end = time.monotonic() + 5
    while True:
        try:
            events = own_cloud.client("logs").get_log_events(logGroupName=group, logStreamName=STREAM)["events"]
        except ClientError:
            events = []
        if len(events) >= count:
            return [json.loads(event["message"]) for event in events]
        assert time.monotonic() < end, events
        time.sleep(0.05)


def test_every_kind_of_call_is_logged(own_cloud: OwnCloud, group: str, bucket: str) -> None:
    source = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:*"
    trusted = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": source}}
    put(own_cloud, setting(group, writer(own_cloud, group, **trusted), bucket, embeddingDataDeliveryEnabled=False))
    runtime = own_cloud.client("bedrock-runtime")
    answer = runtime.converse(**asking("When are refunds paid?"))
    list(runtime.converse_stream(**asking("When are refunds paid?"))["stream"])
    embedding = json.dumps({"inputText": "not logged", "dimensions": 256})
    runtime.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=embedding)
    with pytest.raises(ClientError):
        runtime.converse(modelId=NOVA, messages=[{"role": "user", "content": [{"text": "a" * 2_000_000}]}])
    first, second, refused = records(own_cloud, group, 3)
    assert (first["schemaType"], first["schemaVersion"]) == ("ModelInvocationLog", "1.0")
    assert (first["operation"], second["operation"]) == ("Converse", "ConverseStream")
    assert (first["accountId"], first["region"], first["modelId"]) == (ACCOUNT, REGION, NOVA)
    assert first["input"]["inputBodyJson"]["messages"][0]["role"] == "user"
    for record in (first, second):
        body = record["output"]["outputBodyJson"]
        assert body["output"]["message"]["content"] == [{"text": text_of(answer)}]
        assert record["input"]["inputTokenCount"] == answer["usage"]["inputTokens"]
        assert record["output"]["outputTokenCount"] == body["usage"]["outputTokens"]
    assert refused["errorCode"] == "ValidationException"
    assert "output" not in refused
    bucket_name, _, key = refused["input"]["inputBodyS3Path"].removeprefix("s3://").partition("/")
    assert bucket_name == bucket
    body = own_cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert len(json.loads(gzip.decompress(body))["messages"][0]["content"][0]["text"]) == 2_000_000


def test_without_texts_only_who_and_how_much_is_logged(own_cloud: OwnCloud, group: str, bucket: str) -> None:
    put(own_cloud, setting(group, writer(own_cloud, group), bucket, textDataDeliveryEnabled=False))
    own_cloud.client("bedrock-runtime").converse(**asking("When are refunds paid?"))
    [record] = records(own_cloud, group, 1)
    assert record["input"]["inputTokenCount"] > 0
    assert not {"inputBodyJson", "inputBodyS3Path"} & set(record["input"])
    assert "outputBodyJson" not in record["output"]
    assert "refund" not in json.dumps(record)


def test_a_role_that_may_not_write_or_trusts_another_is_refused(own_cloud: OwnCloud, group: str, bucket: str) -> None:
    other = writer(own_cloud, group, StringEquals={"aws:SourceAccount": "999999999999"})
    for role in (own_cloud.role([]), other):
        with pytest.raises(ClientError, match="Failed to validate permissions for log group"):
            put(own_cloud, setting(group, role, bucket))
    with pytest.raises(ClientError, match="Failed to validate permissions for log group"):
        put(own_cloud, setting("nowhere", writer(own_cloud, group), bucket))
    assert "loggingConfig" not in own_cloud.client("bedrock").get_model_invocation_logging_configuration()
