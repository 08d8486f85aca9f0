"""Calls with a role's credentials are allowed and refused as its policies say, in each protocol's own words."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError
from daemon_fixture import REGION, Daemon

ACCOUNT = "123456789012"
_names = count()
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    ],
}


def allow(actions: list[str] | str, resources: list[str] | str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions: list[str] | str, resources: list[str] | str, **more: Any) -> dict[str, Any]:
    return allow(actions, resources, **more) | {"Effect": "Deny"}


AsRole = Callable[..., Callable[[str], Any]]


@pytest.fixture
def as_role(daemon: Daemon) -> AsRole:
    """Return a function that makes a role with statements, and returns a maker of clients with its credentials."""

    def make(*statements: dict[str, Any]) -> Callable[[str], Any]:
        name = f"role-{next(_names)}"
        iam = daemon.client("iam")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(document))
        found = daemon.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]

        def client(service: str) -> Any:
            return daemon.client(
                service,
                aws_access_key_id=found["AccessKeyId"],
                aws_secret_access_key=found["SecretAccessKey"],
                aws_session_token=found["SessionToken"],
            )

        return client

    return make


@pytest.fixture(scope="module")
def table(daemon: Daemon) -> str:
    daemon.client("dynamodb").create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "g", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/items"


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]  # pyright: ignore[reportTypedDictNotRequiredAccess] - always there
    return error["Code"], error["Message"]  # pyright: ignore[reportTypedDictNotRequiredAccess] - always there


def test_a_table_is_authorised_by_its_arn(as_role: AsRole, table: str) -> None:
    client = as_role(allow("dynamodb:PutItem", table))("dynamodb")
    client.put_item(TableName="items", Item={"pk": {"S": "1"}})
    code, message = refused(lambda: client.get_item(TableName="items", Key={"pk": {"S": "1"}}))
    assert code == "AccessDeniedException"
    assert message.startswith("User: arn:aws:sts::123456789012:assumed-role/role-")
    assert message.endswith(
        f"is not authorized to perform: dynamodb:GetItem on resource: {table} "
        "because no identity-based policy allows the dynamodb:GetItem action"
    )
    assert refused(lambda: client.put_item(TableName="other", Item={"pk": {"S": "1"}}))[0] == "AccessDeniedException"


def test_an_index_has_an_arn_of_its_own(as_role: AsRole, table: str) -> None:
    query = {
        "TableName": "items",
        "IndexName": "by-g",
        "KeyConditionExpression": "g = :g",
        "ExpressionAttributeValues": {":g": {"S": "x"}},
    }
    assert as_role(allow("dynamodb:Query", f"{table}/index/*"))("dynamodb").query(**query)["Count"] == 0
    code, message = refused(lambda: as_role(allow("dynamodb:Query", table))("dynamodb").query(**query))
    assert code == "AccessDeniedException"
    assert f"{table}/index/by-g" in message


def test_leading_keys_hold_a_tenant_to_its_own_items(as_role: AsRole, table: str) -> None:
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["tenant-a"]}}
    client = as_role(allow("dynamodb:*", table, Condition=own))("dynamodb")
    client.put_item(TableName="items", Item={"pk": {"S": "tenant-a"}})
    batch = {"items": [{"PutRequest": {"Item": {"pk": {"S": pk}}}} for pk in ("tenant-a", "tenant-b")]}
    assert refused(lambda: client.batch_write_item(RequestItems=batch))[0] == "AccessDeniedException"
    mine = {"KeyConditionExpression": "#k = :k", "ExpressionAttributeNames": {"#k": "pk"}}
    assert client.query(TableName="items", **mine, ExpressionAttributeValues={":k": {"S": "tenant-a"}})["Count"] == 1
    theirs = {":k": {"S": "tenant-b"}}
    refused(lambda: client.query(TableName="items", **mine, ExpressionAttributeValues=theirs))


def test_a_transaction_needs_each_of_its_actions(as_role: AsRole, table: str) -> None:
    items: Any = [
        {"Put": {"TableName": "items", "Item": {"pk": {"S": "t"}}}},
        {"Delete": {"TableName": "items", "Key": {"pk": {"S": "u"}}}},
    ]
    as_role(allow(["dynamodb:PutItem", "dynamodb:DeleteItem"], table))("dynamodb").transact_write_items(
        TransactItems=items
    )
    client = as_role(allow("dynamodb:PutItem", table))("dynamodb")
    assert "dynamodb:DeleteItem" in refused(lambda: client.transact_write_items(TransactItems=items))[1]


def test_an_explicit_deny_wins(as_role: AsRole, table: str) -> None:
    client = as_role(allow("*", "*"), deny("dynamodb:Delete*", table))("dynamodb")
    client.get_item(TableName="items", Key={"pk": {"S": "1"}})
    message = refused(lambda: client.delete_item(TableName="items", Key={"pk": {"S": "1"}}))[1]
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_objects_and_buckets(as_role: AsRole, daemon: Daemon) -> None:
    s3 = daemon.client("s3")
    s3.create_bucket(Bucket="documents-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="documents-1", Key="a/1.txt", Body=b"one")
    client = as_role(
        allow("s3:GetObject", "arn:aws:s3:::documents-1/a/*"),
        allow("s3:ListBucket", "arn:aws:s3:::documents-1", Condition={"StringLike": {"s3:prefix": "a/*"}}),
    )("s3")
    assert client.get_object(Bucket="documents-1", Key="a/1.txt")["Body"].read() == b"one"
    assert client.head_object(Bucket="documents-1", Key="a/1.txt")["ContentLength"] == 3
    assert client.list_objects_v2(Bucket="documents-1", Prefix="a/")["KeyCount"] == 1
    assert refused(lambda: client.list_objects_v2(Bucket="documents-1", Prefix="b/"))[0] == "AccessDenied"
    code, message = refused(lambda: client.put_object(Bucket="documents-1", Key="a/2.txt", Body=b""))
    assert code == "AccessDenied"
    assert 's3:PutObject on resource: "arn:aws:s3:::documents-1/a/2.txt" because no identity-based' in message
    assert refused(lambda: client.head_object(Bucket="documents-1", Key="b"))[0] == "403"
    listed = {"Objects": [{"Key": "a/1.txt"}]}
    assert refused(lambda: client.delete_objects(Bucket="documents-1", Delete=listed))[0] == "AccessDenied"


def test_a_missing_object_is_hidden_from_those_who_may_not_list(as_role: AsRole, daemon: Daemon) -> None:
    daemon.client("s3").create_bucket(Bucket="hidden-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    get = allow("s3:GetObject", "arn:aws:s3:::hidden-1/*")
    blind = as_role(get)("s3")
    seeing = as_role(get, allow("s3:ListBucket", "arn:aws:s3:::hidden-1"))("s3")
    assert refused(lambda: blind.get_object(Bucket="hidden-1", Key="no"))[0] == "AccessDenied"
    assert refused(lambda: seeing.get_object(Bucket="hidden-1", Key="no"))[0] == "NoSuchKey"


def test_a_bucket_policy_denies_and_allows(as_role: AsRole, daemon: Daemon) -> None:
    s3 = daemon.client("s3")
    s3.create_bucket(Bucket="shared-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="shared-1", Key="k", Body=b"x")
    reader = as_role()
    arn = reader("sts").get_caller_identity()["Arn"]
    role = arn.replace(":sts:", ":iam:").replace("assumed-role", "role").rsplit("/", 1)[0]
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": role},
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::shared-1/*",
            },
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::shared-1", "arn:aws:s3:::shared-1/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }
    s3.put_bucket_policy(Bucket="shared-1", Policy=json.dumps(document))
    assert reader("s3").get_object(Bucket="shared-1", Key="k")["Body"].read() == b"x"
    assert refused(lambda: reader("s3").delete_object(Bucket="shared-1", Key="k"))[0] == "AccessDenied"


def test_a_customer_key_must_be_allowed_too(as_role: AsRole, daemon: Daemon) -> None:
    key = daemon.client("kms").create_key()["KeyMetadata"]["Arn"]
    dynamodb = daemon.client("dynamodb")
    dynamodb.create_table(
        TableName="sealed",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    s3 = daemon.client("s3")
    s3.create_bucket(Bucket="sealed-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    rule: Any = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket="sealed-1", ServerSideEncryptionConfiguration={"Rules": [rule]})
    data = allow(["dynamodb:PutItem", "s3:PutObject", "s3:GetObject"], "*")
    without = as_role(data)
    code, message = refused(lambda: without("dynamodb").put_item(TableName="sealed", Item={"pk": {"S": "1"}}))
    assert code == "AccessDeniedException"
    assert f"kms:Decrypt on resource: {key}" in message
    code, message = refused(lambda: without("s3").put_object(Bucket="sealed-1", Key="k", Body=b"x"))
    assert code == "AccessDenied"
    assert "kms:GenerateDataKey" in message
    via = {"StringEquals": {"kms:ViaService": [f"s3.{REGION}.amazonaws.com", f"dynamodb.{REGION}.amazonaws.com"]}}
    holder = as_role(data, allow(["kms:Decrypt", "kms:GenerateDataKey"], key, Condition=via))
    holder("dynamodb").put_item(TableName="sealed", Item={"pk": {"S": "1"}})
    holder("s3").put_object(Bucket="sealed-1", Key="k", Body=b"x")
    assert holder("s3").get_object(Bucket="sealed-1", Key="k")["Body"].read() == b"x"
    assert refused(lambda: holder("kms").decrypt(CiphertextBlob=b"x", KeyId=key))[0] == "AccessDeniedException"


def test_a_key_policy_that_keeps_the_account_out(as_role: AsRole, daemon: Daemon) -> None:
    other = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/x"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [other]})
    key = daemon.client("kms").create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    client = as_role(allow("kms:*", "*"))("kms")
    message = refused(lambda: client.encrypt(KeyId=key, Plaintext=b"x"))[1]
    assert message.endswith("because no resource-based policy allows the kms:Encrypt action")


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("sqs", lambda c: c.send_message(QueueUrl=f"http://127.0.0.1/{ACCOUNT}/q", MessageBody="m"), "AccessDenied"),
        ("sns", lambda c: c.publish(TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:t", Message="m"), "AuthorizationError"),
        ("lambda", lambda c: c.invoke(FunctionName="f"), "AccessDeniedException"),
        ("kms", lambda c: c.encrypt(KeyId="alias/x", Plaintext=b"x"), "AccessDeniedException"),
        ("secretsmanager", lambda c: c.get_secret_value(SecretId="s"), "AccessDeniedException"),
        ("ssm", lambda c: c.get_parameter(Name="/p"), "AccessDeniedException"),
        ("logs", lambda c: c.create_log_stream(logGroupName="g", logStreamName="s"), "AccessDeniedException"),
        ("cloudwatch", lambda c: c.put_metric_data(Namespace="n", MetricData=[]), "AccessDenied"),
        ("stepfunctions", lambda c: c.list_state_machines(), "AccessDeniedException"),
        ("iam", lambda c: c.list_roles(), "AccessDenied"),
        ("s3vectors", lambda c: c.list_vectors(vectorBucketName="bucket", indexName="index"), "AccessDeniedException"),
        ("cognito-idp", lambda c: c.describe_user_pool(UserPoolId=f"{REGION}_x"), "AccessDeniedException"),
        (
            "bedrock-runtime",
            lambda c: c.converse(modelId="amazon.nova-lite-v1:0", messages=[]),
            "AccessDeniedException",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_protocol_refuses_in_its_own_shape(as_role: AsRole, service: str, call: Any, code: str) -> None:
    client = as_role()(service)
    found, message = refused(lambda: call(client))
    assert found == code
    assert "is not authorized to perform: " in message


def test_calls_are_recorded_over_a_restart(as_role: AsRole, daemon: Daemon, table: str) -> None:
    client = as_role(allow("dynamodb:GetItem", table))("dynamodb")
    daemon.get("/_sandbox/iam/calls", "DELETE")
    client.get_item(TableName="items", Key={"pk": {"S": "1"}})
    client.get_item(TableName="items", Key={"pk": {"S": "2"}})
    refused(lambda: client.scan(TableName="items"))
    calls = daemon.get("/_sandbox/iam/calls")
    assert [(call["action"], call["resources"], call["allowed"], call["count"]) for call in calls] == [
        ("dynamodb:GetItem", [table], True, 2),
        ("dynamodb:Scan", [table], False, 1),
    ]


def test_unknown_temporary_credentials_are_refused(daemon: Daemon) -> None:
    client = daemon.client("dynamodb", aws_access_key_id="ASIA0000000000000000", aws_session_token="x")
    assert refused(client.list_tables)[0] == "UnrecognizedClientException"
