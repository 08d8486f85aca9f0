"""The chain of pattern 1: an express state machine, run synchronously, whose states are calls of one function.

client -> HTTP API -> the pattern's function -> StartSyncExecution -> the step function, a call a step -> Bedrock.

The HTTP API could start the execution itself, but it hands on the raw result of StartSyncExecution with status 200,
whether the execution succeeded or not, and it maps no bodies; no client of OpenAI's API could read that. And a route
cannot be chosen by a body's `model`. So the function that answers for the models starts the chain and reads its result:
token, limits, idempotency, streams and errors are the same, at the price of its time while it waits.

The machine's logs leave out what goes through its states, and the function's errors hold no prompt.
"""

import json
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.aws.budget_alarm import budget_alarm
from genai_tiers.aws.chain_definition import PROMPT_PREFIX, chain_definition
from genai_tiers.aws.encryption import USE_KEY
from genai_tiers.aws.functions import function
from genai_tiers.aws.iam_roles import Statement, allow, service_role
from genai_tiers.aws.jobs import payload_objects
from genai_tiers.aws.models import DEFAULT_MODELS
from genai_tiers.aws.tables import table_name
from genai_tiers.lineage import Children
from genai_tiers.naming import slug
from genai_tiers.refs import BackendRefs, MiddlewareRefs
from genai_tiers.settings import Settings

from .pipeline_access import pipeline_config, pipeline_statements

LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
"""What Step Functions needs to log; these actions act on no resource that could be named."""

TRACING = (
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)


def request_chain(
    children: Children,
    settings: Settings,
    middleware: MiddlewareRefs,
    backend: BackendRefs,
    alarm_topic: pulumi.Input[str] | None,
) -> tuple[aws.sfn.StateMachine, aws.lambda_.Function]:
    """The state machine, and the function that its steps call. The steps' prompts go to the middleware's table, each
    by its version, so that executions under way go on with the ones they began with."""
    # A step answers from its prompt: the models of a chain have no tools to call.
    settings = replace(settings, tools=())
    invoke = pulumi.InvokeOptions(parent=children.parent)
    bucket = backend.get("payloads_bucket", "")
    timeout_seconds = settings.limits.chain_timeout_seconds
    prompts = _prompts(children, settings, middleware)
    steps = function(
        children,
        "chain-step",
        handler="genai_runtime.aws.chain_step.handler",
        config={
            **pipeline_config(settings, middleware, backend, invoke, model_timeout_seconds=timeout_seconds),
            "payloads_bucket": _bucket_name(bucket),
        },
        statements=[
            *pipeline_statements(settings, middleware, backend, invoke),
            payload_statements(bucket, backend["key"]),
        ],
        key=backend["key"],
        timeout_seconds=timeout_seconds,
        max_concurrency=settings.limits.max_concurrency,
        log_retention_days=settings.log_retention_days,
        alarms=settings.alarms,
        network=backend.get("private_network"),
    )
    budget_alarm(children, settings, steps, alarm_topic, "chain-")
    logs = aws.cloudwatch.LogGroup(
        children.named("chain-logs"),
        # Every other log group adds to the account's one policy for deliveries, which fills up after some machines.
        name=f"/aws/vendedlogs/states/{slug(f'{pulumi.get_project()} {pulumi.get_stack()} {children.name}')}-chain",
        retention_in_days=settings.log_retention_days,
        kms_key_id=backend["key"],
        opts=children.options("chain-logs"),
    )
    statements: list[Statement] = [
        allow(["lambda:InvokeFunction"], [steps.arn]),
        allow(LOG_DELIVERY, ["*"]),
        allow(TRACING, ["*"]),
    ]
    account = aws.get_caller_identity_output(opts=invoke).account_id
    role, policy = service_role(children, "chain", "states.amazonaws.com", statements, account)
    default_model = (settings.models or DEFAULT_MODELS)[0].name
    definition = pulumi.Output.all(steps.arn, aws.get_partition_output(opts=invoke).partition).apply(
        lambda known: json.dumps(
            chain_definition(settings.chain.steps, default_model, known[0], known[1], timeout_seconds)
        )
    )
    machine = aws.sfn.StateMachine(
        children.named("chain"),
        type="EXPRESS",
        role_arn=role.arn,
        definition=definition,
        logging_configuration={
            "level": "ALL",
            "include_execution_data": False,
            "log_destination": logs.arn.apply(lambda arn: f"{arn}:*"),
        },
        tracing_configuration={"enabled": True},
        opts=children.options("chain", depends_on=[policy, *prompts]),
    )
    return machine, steps


def chain_config(machine: aws.sfn.StateMachine, settings: Settings, backend: BackendRefs) -> dict[str, Any]:
    """What the function that starts the chain reads as `chain` in GENAI_CONFIG."""
    return {
        "name": settings.chain.name,
        "state_machine": machine.arn,
        "timeout_seconds": settings.limits.chain_timeout_seconds,
        "takes_instructions": any(step.takes_instructions for step in settings.chain.steps),
        "payloads_bucket": _bucket_name(backend.get("payloads_bucket", "")),
    }


def chain_statements(machine: aws.sfn.StateMachine, backend: BackendRefs) -> list[Statement]:
    """What its role needs for that."""
    start = allow(["states:StartSyncExecution"], [machine.arn])
    return [start, *payload_statements(backend.get("payloads_bucket", ""), backend["key"])]


def payload_statements(bucket: pulumi.Input[str], key: pulumi.Input[str]) -> list[Statement]:
    """What putting there and reading needs what is too large for a state."""
    return [allow(["s3:GetObject", "s3:PutObject"], [payload_objects(bucket)]), allow(USE_KEY, [key])]


def _bucket_name(arn: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.from_input(arn).apply(lambda text: text.rpartition(":")[2])


def _prompts(children: Children, settings: Settings, middleware: MiddlewareRefs) -> list[pulumi.Resource]:
    return [
        aws.dynamodb.TableItem(
            children.named(f"chain-prompt-{step.name}"),
            table_name=table_name(middleware["prompts_table"]),
            hash_key="name",
            range_key="version",
            item=json.dumps(
                {
                    "name": {"S": f"{PROMPT_PREFIX}{step.name}"},
                    "version": {"S": step.version},
                    "text": {"S": step.prompt},
                }
            ),
            opts=children.options(f"chain-prompt-{step.name}"),
        )
        for step in settings.chain.steps
    ]
