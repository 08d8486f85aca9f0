"""The log of model calls, one setting of a region."""

import json

from sandbox_cloud import SandboxCloud, create, delete, imported, update

LOG = "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration"
REGION = "eu-central-1"


def test_the_log_of_model_calls_lives(cloud: SandboxCloud) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = cloud.client("iam").create_role(
        RoleName="model-log", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    write = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
    cloud.client("iam").put_role_policy(
        RoleName="model-log",
        PolicyName="write",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [write]}),
    )
    cloud.client("logs").create_log_group(logGroupName="model-log")
    config = {
        "cloudwatchConfig": {"logGroupName": "model-log", "roleArn": role},
        "embeddingDataDeliveryEnabled": False,
        "imageDataDeliveryEnabled": True,
        "textDataDeliveryEnabled": True,
        "videoDataDeliveryEnabled": True,
    }
    log = create(cloud, LOG, {"loggingConfig": config})
    assert log.id == REGION
    imported(cloud, LOG, REGION, log)
    log = update(cloud, LOG, log, {"loggingConfig": {**config, "textDataDeliveryEnabled": False}})
    delete(cloud, LOG, log)
    assert "loggingConfig" not in cloud.client("bedrock").get_model_invocation_logging_configuration()
