"""Functions: a role of their own, a log group that expires, bounded time, memory and concurrency."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.alarm_settings import Alarms
from genai_tiers.archive import runtime_archive
from genai_tiers.lineage import Children
from genai_tiers.naming import stack_name
from genai_tiers.refs import NetworkRefs

from .function_alarm import function_alarm
from .iam_roles import Statement, allow, service_role

PYTHON_RUNTIME = "python3.13"
MEMORY_MB = 512
"""Waiting for a model needs little memory, but Lambda gives CPU in proportion to it and this halves the cold start
of 256."""

INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)

IN_A_NETWORK: tuple[Statement, ...] = (
    allow(INTERFACES, ["*"]),
    {
        "Effect": "Deny",
        "Action": list(INTERFACES),
        "Resource": ["*"],
        "Condition": {"ArnLike": {"lambda:SourceFunctionArn": "arn:*:lambda:*:*:function:*"}},
    },
)
"""Lambda connects a function to its network as the function's role; the code that runs in it may not do the same.
Source: AWS Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC"."""

NOTHING: Mapping[str, str] = {}


def function(
    children: Children,
    role: str,
    *,
    handler: str,
    config: Mapping[str, Any],
    statements: Sequence[pulumi.Input[Sequence[Statement]]],
    key: pulumi.Input[str],
    timeout_seconds: int,
    max_concurrency: int,
    log_retention_days: int,
    network: NetworkRefs | None,
    alarms: Alarms | None = None,
    beside: Mapping[str, str] = NOTHING,
) -> aws.lambda_.Function:
    """A function that runs the runtime's `handler` with `config` (its values may be outputs) as GENAI_CONFIG and files
    of texts `beside` its code. `statements` are lists of statements of its role; what it needs to log and trace, and
    to run in the `network`, is added, and its alarm where `alarms` ask for it."""
    return code_function(
        children,
        role,
        code=runtime_archive("aws", beside),
        handler=handler,
        environment={
            "GENAI_CONFIG": pulumi.Output.json_dumps(config, sort_keys=True),
            "GENAI_STACK": stack_name(),
        },
        statements=statements,
        key=key,
        timeout_seconds=timeout_seconds,
        memory_mb=MEMORY_MB,
        max_concurrency=max_concurrency,
        log_retention_days=log_retention_days,
        network=network,
        alarms=alarms,
    )


def code_function(
    children: Children,
    role: str,
    *,
    code: pulumi.AssetArchive,
    handler: str,
    environment: Mapping[str, pulumi.Input[str]],
    statements: Sequence[pulumi.Input[Sequence[Statement]]],
    key: pulumi.Input[str],
    timeout_seconds: int,
    memory_mb: int,
    max_concurrency: int,
    log_retention_days: int,
    network: NetworkRefs | None,
    alarms: Alarms | None,
) -> aws.lambda_.Function:
    """A function that runs the `handler` in `code`, with a role, a log group and bounds of its own."""
    logs = aws.cloudwatch.LogGroup(
        children.named(f"{role}-logs"),
        retention_in_days=log_retention_days,
        kms_key_id=key,
        opts=children.options(f"{role}-logs"),
    )
    own = [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logs.arn.apply(lambda arn: f"{arn}:*")]),
        # X-Ray has no resources to name.
        allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
        *(IN_A_NETWORK if network else ()),
    ]
    everything = pulumi.Output.all(*statements).apply(
        lambda lists: [*own, *(statement for statements in lists for statement in statements)]
    )
    identity, policy = service_role(children, role, "lambda.amazonaws.com", everything)
    made = aws.lambda_.Function(
        children.named(role),
        role=identity.arn,
        code=code,
        handler=handler,
        runtime=PYTHON_RUNTIME,
        architectures=["arm64"],
        memory_size=memory_mb,
        timeout=timeout_seconds,
        reserved_concurrent_executions=max_concurrency,
        environment={"variables": environment} if environment else None,
        kms_key_arn=key,
        logging_config={"log_format": "JSON", "log_group": logs.name},
        tracing_config={"mode": "Active"},
        vpc_config=_connected(network) if network else None,
        opts=children.options(role, depends_on=[policy]),
    )
    if alarms is not None:
        function_alarm(children, role, alarms, made)
    return made


def _connected(network: NetworkRefs) -> aws.lambda_.FunctionVpcConfigArgsDict:
    return {"subnet_ids": network["subnet_ids"], "security_group_ids": network["security_group_ids"]}
