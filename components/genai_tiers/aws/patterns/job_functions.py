"""What the functions of the patterns share whose answers are jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.aws.agent import agent_files
from genai_tiers.aws.encryption import USE_KEY
from genai_tiers.aws.functions import function
from genai_tiers.aws.iam_roles import Statement, allow
from genai_tiers.aws.invocation import allow_gateway, execute_api_arn, integration_target
from genai_tiers.aws.jobs import jobs_config, payload_objects
from genai_tiers.aws.websocket_api import STAGE
from genai_tiers.lineage import Children
from genai_tiers.refs import BackendRefs, MiddlewareRefs
from genai_tiers.settings import Settings

from .conversation_access import go_on, kept_config
from .pipeline_access import pipeline_config, pipeline_statements

INTAKE_TIMEOUT_SECONDS = 10
"""Of functions that take requests and hand them on."""

KEEP_JOBS = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem")
"""What keeping jobs and their events needs."""


@dataclass(frozen=True)
class Delivery:
    """How a pattern's answers arrive: the action that a client asks with, and whether they come while they are written;
    `model_action` is what a role needs for that."""

    action: str
    stream: bool
    model_action: str


@dataclass(frozen=True)
class JobPattern:
    """What all functions of one pattern work with. The tiers have what jobs need: `read_settings` has refused them
    otherwise."""

    children: Children
    delivery: Delivery
    settings: Settings
    middleware: MiddlewareRefs
    backend: BackendRefs

    @property
    def jobs_table(self) -> pulumi.Input[str]:
        """Where jobs are kept."""
        return self.backend.get("jobs_table", "")

    @property
    def payloads_bucket(self) -> pulumi.Input[str]:
        """Where what is too large for an item of `jobs_table` goes."""
        return self.backend.get("payloads_bucket", "")

    @property
    def invoke(self) -> pulumi.InvokeOptions:
        """For the look-ups of where this runs."""
        return pulumi.InvokeOptions(parent=self.children.parent)


def job_function(
    pattern: JobPattern,
    role: str,
    handler: str,
    statements: Sequence[pulumi.Input[Sequence[Statement]]],
    *,
    timeout_seconds: int,
    max_concurrency: int,
    worker: Mapping[str, pulumi.Input[str] | int],
    pushes: bool = True,
    fan_out: Mapping[str, Any] | None = None,
    job_actions: Sequence[str] = KEEP_JOBS,
) -> aws.lambda_.Function:
    """A function that knows the pipeline's settings, keeps jobs and, where there is a WebSocket gateway, pushes to the
    connections of clients. `statements` are what its role may do besides; `worker` are the settings of that name which
    are not empty, `fan_out` those of requests in parts. `job_actions` is what it does in the table of jobs."""
    settings, key = pattern.settings, pattern.backend["key"]
    config = pipeline_config(
        settings,
        pattern.middleware,
        pattern.backend,
        pattern.invoke,
        model_timeout_seconds=settings.limits.background_timeout_seconds,
    )
    config |= {
        "jobs": jobs_config(pattern.jobs_table, pattern.payloads_bucket, settings.jobs_kept_seconds),
        "websocket_url": _connections_url(pattern.middleware) if pushes else None,
        "worker": worker_config(settings, stream=pattern.delivery.stream, worker=worker),
        "fan_out": fan_out,
        "conversations": kept_config(settings, pattern.middleware),
    }
    jobs = [
        allow(job_actions, [pattern.jobs_table]),
        allow(["s3:GetObject", "s3:PutObject"], [payload_objects(pattern.payloads_bucket)]),
        allow(USE_KEY, [key]),
    ]
    api = pattern.middleware.get("websocket_api")
    if pushes and api is not None:
        connections = execute_api_arn(api, f"{STAGE}/POST/@connections/*", pattern.invoke)
        jobs.append(allow(["execute-api:ManageConnections"], [connections]))
    return function(
        pattern.children,
        role,
        handler=handler,
        config=config,
        statements=[*statements, jobs],
        key=key,
        timeout_seconds=timeout_seconds,
        max_concurrency=max_concurrency,
        log_retention_days=settings.log_retention_days,
        alarms=settings.alarms,
        network=pattern.backend.get("private_network"),
        beside=agent_files(settings),
    )


def _connections_url(middleware: MiddlewareRefs) -> pulumi.Input[str] | None:
    return middleware.get("connections_url", middleware.get("websocket_url"))


def worker_config(
    settings: Settings, *, stream: bool, worker: Mapping[str, pulumi.Input[str] | int]
) -> dict[str, pulumi.Input[str] | int]:
    """What functions read as `worker` in GENAI_CONFIG."""
    return {
        "function": "",
        "queue_url": "",
        "stream": stream,
        "timeout_seconds": settings.limits.background_timeout_seconds,
        "most_receives": 0,
        "dead_letter_queue_url": "",
        **worker,
    }


def run_pipeline(pattern: JobPattern) -> list[pulumi.Input[list[Statement]]]:
    """What the role of a worker needs for the prompt pipeline."""
    return pipeline_statements(
        pattern.settings,
        pattern.middleware,
        pattern.backend,
        pattern.invoke,
        model_action=pattern.delivery.model_action,
    )


def answer_turns(pattern: JobPattern) -> list[pulumi.Input[list[Statement]]]:
    """What the role of a worker needs for the prompt pipeline, and what was said before."""
    return [*run_pipeline(pattern), go_on(pattern.settings, pattern.middleware, pattern.backend["key"])]


def take_action(pattern: JobPattern, intake: aws.lambda_.Function) -> None:
    """Has a function take the pattern's action from WebSocket clients. Only `$connect` takes an authorizer; whoever is
    connected has passed it."""
    children, action = pattern.children, pattern.delivery.action
    api = pattern.middleware.get("websocket_api", "")
    target = integration_target(
        children,
        "integration",
        api,
        intake,
        function_timeout_seconds=INTAKE_TIMEOUT_SECONDS,
        payload_format_version=None,
    )
    aws.apigatewayv2.Route(
        children.named("route"),
        api_id=api,
        route_key=action,
        target=target,
        opts=children.options("route"),
    )
    allow_gateway(children, "permission", intake, execute_api_arn(api, f"{STAGE}/{action}", pattern.invoke))
