"""The log of model calls: who called which model, with what, and what it answered. One for a whole account and region.

Whoever sets it sets it for every other stack there too, so it is nobody's by default. A body over 100 KB, and images,
go to a bucket that the record names. Source: Amazon Bedrock user guide, "Monitor model invocation using CloudWatch Logs
and Amazon S3".
"""

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children
from genai_tiers.settings import Settings

from .buckets import private_bucket
from .iam_roles import allow, service_role

STREAM = "aws/bedrock/modelinvocations"
"""The one log stream that Bedrock writes to."""


def invocation_log(children: Children, settings: Settings, key: pulumi.Input[str]) -> None:
    """Sets the log of model calls, encrypted with the stack's key and kept as long as other logs, where it is asked
    for. The key has to let Bedrock encrypt the bucket's objects. Destroying the stack switches the log off, for every
    stack in the account and region."""
    if not settings.invocation_log.enabled:
        return
    invoke = pulumi.InvokeOptions(parent=children.parent)
    account = aws.get_caller_identity_output(opts=invoke).account_id
    callers = pulumi.Output.all(
        aws.get_partition_output(opts=invoke).partition, aws.get_region_output(opts=invoke).region, account
    ).apply(lambda place: "arn:{}:bedrock:{}:{}:*".format(*place))
    logs = aws.cloudwatch.LogGroup(
        children.named("invocations"),
        retention_in_days=settings.log_retention_days,
        kms_key_id=key,
        opts=children.options("invocations"),
    )
    writers, resolve_writers = pulumi.deferred_output()
    bucket = private_bucket(
        children,
        "invocation-bodies",
        key,
        retain_data=settings.retain_data,
        expire_days=settings.log_retention_days,
        statements=writers,
    )
    resolve_writers(pulumi.Output.all(bucket.arn, account, callers).apply(lambda known: [_may_put(*known)]))
    stream = logs.arn.apply(lambda arn: f"{arn}:log-stream:{STREAM}")
    role, policy = service_role(
        children,
        "invocations",
        "bedrock.amazonaws.com",
        [allow(["logs:CreateLogStream", "logs:PutLogEvents"], [stream])],
        account,
        callers,
    )
    texts = settings.invocation_log.texts
    aws.bedrockmodel.InvocationLoggingConfiguration(
        children.named("invocation-log"),
        logging_config={
            "cloudwatch_config": {
                "log_group_name": logs.name,
                "role_arn": role.arn,
                "large_data_delivery_s3_config": {"bucket_name": bucket.name},
            },
            "text_data_delivery_enabled": texts,
            "image_data_delivery_enabled": texts,
            "video_data_delivery_enabled": texts,
            # Of no use to a reader, and a hundred times as long as what they are of.
            "embedding_data_delivery_enabled": False,
        },
        opts=children.options("invocation-log", depends_on=[policy, *bucket.ready]),
    )


def _may_put(bucket_arn: str, account: str, callers: str) -> dict[str, object]:
    """Bedrock puts bodies there itself, not as the role."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "bedrock.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/AWSLogs/{account}/BedrockModelInvocationLogs/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": callers}},
    }
