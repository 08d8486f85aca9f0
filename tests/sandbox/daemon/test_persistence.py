"""What was acknowledged is there after the daemon was killed: the same ids, ARNs, keys and contents."""

import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from daemon_fixture import REGION, Daemon

from pulumi_sandbox import lifecycle
from pulumi_sandbox.aws.persisted_services import PERSISTED
from pulumi_sandbox.layout import SandboxStartError

Start = Callable[[], Daemon]
ACCOUNT = "123456789012"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "scheduler.amazonaws.com", "states.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)

OWN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


def kill(daemon: Daemon) -> None:
    """End the daemon as a crash would, and wait until it is gone."""
    pid = lifecycle.running_pid(daemon.state)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while lifecycle.running_pid(daemon.state) == pid:
        time.sleep(0.01)


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        opened.writestr("main.py", "def handler(event, context):\n    return event\n")
    return content.getvalue()


def apigatewayv2(client: Any) -> Callable[[Any], Any]:
    api = client.create_api(Name="api", ProtocolType="HTTP")["ApiId"]
    client.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    client.create_route(ApiId=api, RouteKey="GET /x")
    return lambda c: (
        c.get_api(ApiId=api)["ApiEndpoint"],
        c.get_routes(ApiId=api)["Items"],
        c.get_stages(ApiId=api)["Items"],
    )


def cloudwatch(client: Any) -> Callable[[Any], Any]:
    client.put_metric_alarm(
        AlarmName="alarm",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Threshold=1,
        MetricName="m",
        Namespace="n",
        Statistic="Sum",
    )
    time.sleep(2.5)  # metrics and alarms are written every second
    return lambda c: c.describe_alarms()["MetricAlarms"][0]["AlarmArn"]


def cognito(client: Any) -> Callable[[Any], Any]:
    pool = client.create_user_pool(PoolName="pool")["UserPool"]["Id"]
    app = client.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"], GenerateSecret=False
    )["UserPoolClient"]["ClientId"]
    client.admin_create_user(UserPoolId=pool, Username="ann")
    client.admin_set_user_password(UserPoolId=pool, Username="ann", Password="Passw0rd!x", Permanent=True)
    signed_in = client.initiate_auth(
        ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ann", "PASSWORD": "Passw0rd!x"}
    )
    token = signed_in["AuthenticationResult"]["AccessToken"]
    return lambda c: (
        c.describe_user_pool(UserPoolId=pool)["UserPool"]["Arn"],
        c.get_user(AccessToken=token)["Username"],
    )


def dynamodb(client: Any) -> Callable[[Any], Any]:
    client.create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="items", Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    client.put_item(TableName="items", Item={"pk": {"S": "gone"}})
    for _ in range(3):
        client.update_item(
            TableName="items",
            Key={"pk": {"S": "a"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    client.delete_item(TableName="items", Key={"pk": {"S": "gone"}})
    client.batch_write_item(RequestItems={"items": [{"PutRequest": {"Item": {"pk": {"S": "b"}}}}]})
    return lambda c: (c.describe_table(TableName="items")["Table"]["TableArn"], c.scan(TableName="items")["Items"])


def iam(client: Any) -> Callable[[Any], Any]:
    role = client.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)["Role"]
    client.put_role_policy(RoleName="role", PolicyName="own", PolicyDocument=json.dumps(OWN))
    client.attach_role_policy(
        RoleName="role", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    )
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/role"
    return lambda c: (
        c.get_role(RoleName="role")["Role"],
        c.list_role_policies(RoleName="role")["PolicyNames"],
        c.list_attached_role_policies(RoleName="role")["AttachedPolicies"],
    )


def kms(client: Any) -> Callable[[Any], Any]:
    key = client.create_key()["KeyMetadata"]["KeyId"]
    client.create_alias(AliasName="alias/own", TargetKeyId=key)
    secret = client.encrypt(KeyId=key, Plaintext=b"plain")["CiphertextBlob"]
    signing = client.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    return lambda c: (c.decrypt(CiphertextBlob=secret)["Plaintext"], c.get_public_key(KeyId=signing)["PublicKey"])


def lambda_(client: Any) -> Callable[[Any], Any]:
    arn = client.create_function(
        FunctionName="fn",
        Role=f"arn:aws:iam::{ACCOUNT}:role/role",
        Runtime="python3.12",
        Handler="main.handler",
        Code={"ZipFile": archive()},
        Environment={"Variables": {"A": "b"}},
    )["FunctionArn"]
    client.add_permission(
        FunctionName="fn", StatementId="s", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    client.publish_version(FunctionName="fn")
    client.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    assert arn == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:fn"
    return lambda c: (
        c.get_function(FunctionName="fn")["Configuration"],
        json.loads(c.get_policy(FunctionName="fn")["Policy"]),
        c.get_alias(FunctionName="fn", Name="live")["FunctionVersion"],
    )


def logs(client: Any) -> Callable[[Any], Any]:
    client.create_log_group(logGroupName="group")
    client.create_log_stream(logGroupName="group", logStreamName="stream")
    now = int(time.time() * 1000)
    client.put_log_events(
        logGroupName="group", logStreamName="stream", logEvents=[{"timestamp": now, "message": "hello"}]
    )
    time.sleep(2.5)  # logs are written every second
    return lambda c: [e["message"] for e in c.filter_log_events(logGroupName="group")["events"]]


def s3(client: Any) -> Callable[[Any], Any]:
    client.create_bucket(Bucket="bucket-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_bucket_versioning(Bucket="bucket-1", VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket="bucket-1", Key="small", Body=b"one", Metadata={"my_key": "v"}, ContentType="text/plain")
    client.put_object(Bucket="bucket-1", Key="small", Body=b"two")
    client.put_object(Bucket="bucket-1", Key="large", Body=bytes(range(256)) * 4096)
    client.put_object(Bucket="bucket-1", Key="gone", Body=b"x")
    client.delete_object(Bucket="bucket-1", Key="gone")
    client.copy_object(Bucket="bucket-1", Key="copy", CopySource="bucket-1/small")

    def look(c: Any) -> Any:
        versions = c.list_object_versions(Bucket="bucket-1")
        contents = [c.get_object(Bucket="bucket-1", Key=key)["Body"].read() for key in ("small", "large", "copy")]
        return versions["Versions"], versions["DeleteMarkers"], contents

    return look


def s3vectors(client: Any) -> Callable[[Any], Any]:
    client.create_vector_bucket(vectorBucketName="vectors")
    client.create_index(
        vectorBucketName="vectors", indexName="index", dataType="float32", dimension=2, distanceMetric="cosine"
    )
    vectors = [{"key": "a", "data": {"float32": [1.0, 0.5]}, "metadata": {"t": "x"}}]
    client.put_vectors(vectorBucketName="vectors", indexName="index", vectors=vectors)
    return lambda c: (
        c.get_index(vectorBucketName="vectors", indexName="index")["index"],
        c.list_vectors(vectorBucketName="vectors", indexName="index", returnData=True)["vectors"],
    )


def secretsmanager(client: Any) -> Callable[[Any], Any]:
    client.create_secret(Name="secret", SecretString="s3cret")
    return lambda c: (
        c.get_secret_value(SecretId="secret")["ARN"],
        c.get_secret_value(SecretId="secret")["SecretString"],
    )


def sns(client: Any) -> Callable[[Any], Any]:
    topic = client.create_topic(Name="topic")["TopicArn"]
    client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:q")
    return lambda c: c.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]


def sqs(client: Any) -> Callable[[Any], Any]:
    url = client.create_queue(QueueName="queue", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="kept")
    client.send_message(QueueUrl=url, MessageBody="deleted")
    for message in client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]:
        if message["Body"] == "deleted":
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return lambda c: [
        (message["MessageId"], message["Body"])
        for message in c.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    ]


def ssm(client: Any) -> Callable[[Any], Any]:
    client.put_parameter(Name="/a/b", Value="v", Type="String")
    return lambda c: c.get_parameter(Name="/a/b")["Parameter"]


def sts(client: Any) -> Callable[[Any], Any]:
    made = client.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/role", RoleSessionName="session")
    key = made["Credentials"]["AccessKeyId"]
    return lambda c: c.get_access_key_info(AccessKeyId=key)["Account"]


def events(client: Any) -> Callable[[Any], Any]:
    client.put_rule(Name="rule", EventPattern='{"source":["a"]}')
    client.put_targets(Rule="rule", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}])
    return lambda c: (c.describe_rule(Name="rule")["Arn"], c.list_targets_by_rule(Rule="rule")["Targets"])


def scheduler(client: Any) -> Callable[[Any], Any]:
    client.create_schedule(
        Name="schedule",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/role"},
    )
    return lambda c: c.get_schedule(Name="schedule")["Arn"]


def stepfunctions(client: Any) -> Callable[[Any], Any]:
    client.create_state_machine(
        name="machine",
        definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/role",
    )
    return lambda c: c.list_state_machines()["stateMachines"]


def ecr(client: Any) -> Callable[[Any], Any]:
    client.create_repository(repositoryName="images")
    return lambda c: c.describe_repositories()["repositories"][0]["repositoryArn"]


SERVICES: dict[str, Callable[[Any], Callable[[Any], Any]]] = {
    "apigatewayv2": apigatewayv2,
    "cloudwatch": cloudwatch,
    "cognito-idp": cognito,
    "dynamodb": dynamodb,
    "ecr": ecr,
    "events": events,
    "iam": iam,
    "kms": kms,
    "lambda": lambda_,
    "logs": logs,
    "s3": s3,
    "s3vectors": s3vectors,
    "scheduler": scheduler,
    "secretsmanager": secretsmanager,
    "sns": sns,
    "sqs": sqs,
    "ssm": ssm,
    "stepfunctions": stepfunctions,
    "sts": sts,
}


def test_every_persisted_service_is_tested() -> None:
    assert set(SERVICES) == set(PERSISTED)


def test_everything_is_there_after_a_kill_and_after_a_stop(start_daemon: Start) -> None:
    daemon = start_daemon()
    # The role comes first: functions and schedules refer to it.
    order = sorted(SERVICES, key=lambda service: service != "iam")
    looks = {service: SERVICES[service](daemon.client(service)) for service in order}

    def seen(at: Daemon) -> dict[str, Any]:
        return {service: look(at.client(service)) for service, look in looks.items()}

    before = seen(daemon)
    kill(daemon)
    daemon = start_daemon()
    for service, look in looks.items():
        assert look(daemon.client(service)) == before[service]
    lifecycle.stop(daemon.state)
    daemon = start_daemon()
    for service, look in looks.items():
        assert look(daemon.client(service)) == before[service]
    assert daemon.get("/_sandbox/health")["not_written"] == {}


def test_many_writers_and_a_kill_in_between(start_daemon: Start) -> None:
    daemon = start_daemon()
    SERVICES["dynamodb"](daemon.client("dynamodb"))
    daemon.client("s3").create_bucket(Bucket="bucket-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    sqs = daemon.client("sqs")
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    acknowledged: list[str] = []

    def write(worker: int) -> None:
        dynamodb, s3, queue = (daemon.client(service) for service in ("dynamodb", "s3", "sqs"))
        for number in range(10_000):
            name = f"{worker}-{number}"
            try:
                dynamodb.put_item(TableName="items", Item={"pk": {"S": name}})
                s3.put_object(Bucket="bucket-1", Key=name, Body=name.encode())
                queue.send_message(QueueUrl=url, MessageBody=name)
            except Exception:  # noqa: BLE001 - the daemon was killed
                return
            acknowledged.append(name)

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write, worker) for worker in range(8)]
        time.sleep(3)
        kill(daemon)
        for writer in writers:
            writer.result()
    daemon = start_daemon()
    assert len(acknowledged) > 20
    pages = daemon.client("dynamodb").get_paginator("scan").paginate(TableName="items")
    items = {item["pk"]["S"] for page in pages for item in page["Items"]}
    objects = daemon.client("s3").get_paginator("list_objects_v2").paginate(Bucket="bucket-1")
    keys = {entry["Key"] for page in objects for entry in page.get("Contents", [])}
    attributes = daemon.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert set(acknowledged) <= items
    assert set(acknowledged) <= keys
    assert int(attributes["ApproximateNumberOfMessages"]) >= len(acknowledged)
    name = acknowledged[-1]
    assert daemon.client("s3").get_object(Bucket="bucket-1", Key=name)["Body"].read() == name.encode()


def test_a_journal_grown_long_becomes_a_snapshot(start_daemon: Start) -> None:
    daemon = start_daemon()
    client = daemon.client("dynamodb")
    SERVICES["dynamodb"](client)
    for number in range(600):
        client.put_item(TableName="items", Item={"pk": {"S": str(number)}})
    deadline = time.monotonic() + 10
    while len(list(daemon.state.snapshots.glob("dynamodb*.1.journal"))):
        assert time.monotonic() < deadline, "the first journal was never replaced"
        time.sleep(0.1)
    client.put_item(TableName="items", Item={"pk": {"S": "last"}})
    kill(daemon)
    count = start_daemon().client("dynamodb").scan(TableName="items", Select="COUNT")["Count"]
    assert count == 600 + 3


def test_state_of_another_version_is_refused(start_daemon: Start) -> None:
    daemon = start_daemon()
    lifecycle.stop(daemon.state)
    version = daemon.state.snapshots / "version.json"
    version.write_text(json.dumps(json.loads(version.read_text()) | {"moto": "4.0.0"}))
    with pytest.raises(
        SandboxStartError, match=r"written by another version .*4\.0\.0.*python -m pulumi_sandbox reset"
    ):
        start_daemon()


def test_services_kept_in_memory_only_are_named(start_daemon: Start) -> None:
    daemon = start_daemon()
    daemon.client("ses").verify_email_identity(EmailAddress="a@example.com")
    assert daemon.get("/_sandbox/health")["memory_only"] == ["ses"]
