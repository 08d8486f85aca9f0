"""The customer-managed key that a stack's data is encrypted with."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children

USE_KEY = ("kms:Decrypt", "kms:GenerateDataKey")
"""What a role needs to read and write encrypted data; reading alone needs only the first."""


SERVICES: tuple[tuple[str, str, str | list[str]], ...] = (
    # S3 tells an encrypted queue of what is put into a bucket.
    ("ObjectEvents", "s3", list(USE_KEY)),
    # SNS sends to encrypted queues.
    ("TopicsToQueues", "sns", list(USE_KEY)),
    # An alarm tells an encrypted topic.
    ("AlarmsToTopics", "cloudwatch", list(USE_KEY)),
    ("VectorIndexing", "indexing.s3vectors", "kms:Decrypt"),
)
"""Statement, service of AWS, and what it may do with the key for this account."""


def stack_key(children: Children, retain_data: bool, *, invocation_log: bool = False) -> aws.kms.Key:
    """A symmetric key, rotated every year. IAM decides who in the account may use it; of AWS's services, CloudWatch
    Logs, the events of S3, the topics of SNS, CloudWatch's alarms and the indexing of S3 Vectors may, for this account
    only; and with an `invocation_log` Bedrock, for the bodies of calls."""
    invoke = pulumi.InvokeOptions(parent=children.parent)
    place = pulumi.Output.all(
        aws.get_partition_output(opts=invoke).partition,
        aws.get_region_output(opts=invoke).region,
        aws.get_caller_identity_output(opts=invoke).account_id,
    )
    key = aws.kms.Key(
        children.named("key"),
        description="Encrypts the data of a generative AI stack",
        enable_key_rotation=True,
        deletion_window_in_days=30 if retain_data else 7,
        policy=place.apply(lambda parts: json.dumps(_key_policy(*parts, invocation_log=invocation_log))),
        opts=children.options("key"),
    )
    aws.kms.Alias(children.named("key-alias"), target_key_id=key.key_id, opts=children.options("key-alias"))
    return key


def _key_policy(partition: str, region: str, account: str, *, invocation_log: bool) -> dict[str, Any]:
    bodies = {
        "Sid": "InvocationBodies",
        "Effect": "Allow",
        "Principal": {"Service": "bedrock.amazonaws.com"},
        "Action": "kms:GenerateDataKey",
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": f"arn:{partition}:bedrock:{region}:{account}:*"},
        },
    }
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "IamDecides",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "CloudWatchLogs",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{region}.amazonaws.com"},
                "Action": [
                    "kms:Encrypt",
                    "kms:Decrypt",
                    "kms:ReEncrypt*",
                    "kms:GenerateDataKey*",
                    "kms:Describe*",
                ],
                "Resource": "*",
                "Condition": {
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": f"arn:{partition}:logs:{region}:{account}:log-group:*"
                    }
                },
            },
            *(_of_service(account, *use) for use in SERVICES),
            *([bodies] if invocation_log else []),
        ],
    }


def _of_service(account: str, sid: str, service: str, actions: str | list[str]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": actions,
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
