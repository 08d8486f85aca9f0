"""Batch inference jobs."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from own_cloud import OwnCloud, unique

MODEL = "amazon.titan-embed-text-v2:0"


def records(count: int, *, broken: int = 0) -> str:
    lines = [
        {"recordId": f"R{number:07d}", "modelInput": {"inputText": f"text {number}", "dimensions": 256}}
        for number in range(count)
    ]
    for line in lines[:broken]:
        line["modelInput"] = {"wrong": True}
    return "\n".join(json.dumps(line) for line in lines)


def bucket_with(cloud: OwnCloud, **files: str) -> str:
    bucket = unique("batch")
    cloud.client("s3").create_bucket(Bucket=bucket)
    for name, text in files.items():
        cloud.client("s3").put_object(Bucket=bucket, Key=f"in/{name}.jsonl", Body=text.encode())
    return bucket


def statements(bucket: str) -> list[dict[str, Any]]:
    return [
        {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"},
        {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/in/*"},
        {"Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/out/*"},
    ]


def start(cloud: OwnCloud, bucket: str, role: str, **more: Any) -> str:
    arguments = {
        "jobName": unique("job"),
        "roleArn": role,
        "modelId": MODEL,
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": f"s3://{bucket}/in/", "s3InputFormat": "JSONL"}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": f"s3://{bucket}/out/"}},
    }
    return cloud.client("bedrock").create_model_invocation_job(**{**arguments, **more})["jobArn"]


def ended(cloud: OwnCloud, arn: str) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    live = ("Submitted", "Validating", "Scheduled", "InProgress", "Stopping")
    bedrock = cloud.client("bedrock")
    while (job := bedrock.get_model_invocation_job(jobIdentifier=arn))["status"] in live:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return job


def output(cloud: OwnCloud, bucket: str, arn: str, name: str) -> str:
    key = f"out/{arn.rpartition('/')[2]}/{name}"
    return cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()


def test_a_job_answers_every_record(own_cloud: OwnCloud) -> None:
    bucket = bucket_with(own_cloud, one=records(100), two=records(3))
    queue = own_cloud.client("sqs").create_queue(QueueName=unique("jobs"))["QueueUrl"]
    attributes = own_cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    queue_arn = attributes["Attributes"]["QueueArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
            }
        ],
    }
    own_cloud.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    rule, events = unique("rule"), own_cloud.client("events")
    pattern = {"source": ["aws.bedrock"], "detail": {"status": ["Completed"]}}
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": queue_arn}])
    arn = start(own_cloud, bucket, own_cloud.role(statements(bucket)))
    job = ended(own_cloud, arn)
    assert job["status"] == "Completed", job
    assert (job["totalRecordCount"], job["successRecordCount"], job["errorRecordCount"]) == (103, 103, 0)
    lines = [json.loads(line) for line in output(own_cloud, bucket, arn, "one.jsonl.out").splitlines()]
    assert [line["recordId"] for line in lines] == [f"R{number:07d}" for number in range(100)]
    assert len(lines[7]["modelOutput"]["embedding"]) == 256
    manifest = json.loads(output(own_cloud, bucket, arn, "manifest.json.out"))
    assert manifest["totalRecordCount"] == manifest["processedRecordCount"] == 103
    assert manifest["inputTokenCount"] > 103
    event = own_cloud.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"][0]
    told = json.loads(event["Body"])
    assert told["detail-type"] == "Batch Inference Job State Change"
    assert told["detail"]["batchJobArn"] == arn


def test_records_that_fail_are_in_the_output(own_cloud: OwnCloud) -> None:
    bucket = bucket_with(own_cloud, one=records(101, broken=2) + "\nno json")
    arn = start(own_cloud, bucket, own_cloud.role(statements(bucket)))
    job = ended(own_cloud, arn)
    assert (job["status"], job["errorRecordCount"], job["successRecordCount"]) == ("PartiallyCompleted", 3, 99)
    lines = [json.loads(line) for line in output(own_cloud, bucket, arn, "one.jsonl.out").splitlines()]
    assert lines[0]["recordId"] == "R0000000"
    assert lines[0]["error"]["errorCode"] == 400
    assert "modelOutput" not in lines[0]


def test_conversations_in_batch(own_cloud: OwnCloud) -> None:
    line = {"messages": [{"role": "user", "content": [{"text": "What is a queue?"}]}]}
    text = "\n".join(json.dumps({"recordId": f"R{number}", "modelInput": line}) for number in range(100))
    bucket = bucket_with(own_cloud, one=text)
    role = own_cloud.role(statements(bucket))
    arn = start(own_cloud, bucket, role, modelId="amazon.nova-lite-v1:0", modelInvocationType="Converse")
    assert ended(own_cloud, arn)["status"] == "Completed"
    first = json.loads(output(own_cloud, bucket, arn, "one.jsonl.out").splitlines()[0])
    assert first["modelOutput"]["output"]["message"]["content"][0]["text"]


def test_too_few_records_fail_the_job(own_cloud: OwnCloud) -> None:
    bucket = bucket_with(own_cloud, one=records(99))
    job = ended(own_cloud, start(own_cloud, bucket, own_cloud.role(statements(bucket))))
    assert job["status"] == "Failed"
    assert "99 records: at least 100" in job["message"]


@pytest.mark.parametrize("lacking", [0, 1, 2])
def test_the_role_needs_the_buckets(own_cloud: OwnCloud, lacking: int) -> None:
    bucket = bucket_with(own_cloud, one=records(100))
    allowed = [each for number, each in enumerate(statements(bucket)) if number != lacking]
    job = ended(own_cloud, start(own_cloud, bucket, own_cloud.role(allowed)))
    assert job["status"] == "Failed"
    assert "AccessDenied" in job["message"]


def test_a_profile_needs_leave_to_invoke(own_cloud: OwnCloud) -> None:
    bucket = bucket_with(own_cloud, one=records(100))
    job = ended(
        own_cloud,
        start(own_cloud, bucket, own_cloud.role(statements(bucket)), modelId="us.amazon.nova-lite-v1:0"),
    )
    assert job["status"] == "Failed"
    assert "bedrock:InvokeModel" in job["message"]


def test_jobs_are_listed_stopped_and_refused(own_cloud: OwnCloud) -> None:
    bedrock = own_cloud.client("bedrock")
    bucket = bucket_with(own_cloud, one=records(5000))
    role = own_cloud.role(statements(bucket))
    name = unique("stopped")
    arn = start(own_cloud, bucket, role, jobName=name)
    bedrock.stop_model_invocation_job(jobIdentifier=arn)
    assert ended(own_cloud, arn)["status"] == "Stopped"
    with pytest.raises(ClientError, match="ConflictException"):
        bedrock.stop_model_invocation_job(jobIdentifier=arn)
    with pytest.raises(ClientError, match="ConflictException"):
        start(own_cloud, bucket, role, jobName=name)
    listed = bedrock.list_model_invocation_jobs(nameContains=name, statusEquals="Stopped")
    assert [job["jobArn"] for job in listed["invocationJobSummaries"]] == [arn]
    with pytest.raises(ClientError, match="assume"):
        start(own_cloud, bucket, "arn:aws:iam::123456789012:role/none")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.get_model_invocation_job(jobIdentifier="abcdefghijkl")
