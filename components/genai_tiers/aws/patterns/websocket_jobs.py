"""What the patterns share that push their answers over a WebSocket.

client -> WebSocket API (ticket, throttle) -> intake (checks the request, keeps a job) -> worker, asynchronously (the
prompt pipeline) -> the client's connection. Lambda tries a job that failed again. When it has failed for good, the
failure function says so in the job and on the connection, and puts the event into a queue that an alarm watches.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from genai_tiers.aws.dead_letters import dead_letter_queue
from genai_tiers.aws.encryption import USE_KEY
from genai_tiers.aws.functions import function
from genai_tiers.aws.iam_roles import Statement, allow
from genai_tiers.aws.invocation import allow_gateway, execute_api_arn, integration_target
from genai_tiers.aws.jobs import jobs_config, payload_objects
from genai_tiers.aws.websocket_api import STAGE
from genai_tiers.limits import BACKGROUND_RETRIES
from genai_tiers.lineage import Children
from genai_tiers.refs import BackendRefs, MiddlewareRefs
from genai_tiers.settings import Settings

from .pipeline_access import pipeline_config, pipeline_statements

INTAKE_TIMEOUT_SECONDS = 10

FAILURE_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Delivery:
    """How a pattern's answers arrive: the action that a client asks with, and whether they come while they are written;
    `model_action` is what a role needs for that."""

    action: str
    stream: bool
    model_action: str


@dataclass(frozen=True)
class JobPattern:
    """What all functions of one pattern work with."""

    children: Children
    delivery: Delivery
    settings: Settings
    middleware: MiddlewareRefs
    backend: BackendRefs
    jobs_table: pulumi.Input[str]
    payloads_bucket: pulumi.Input[str]
    websocket_api: pulumi.Input[str]

    @property
    def invoke(self) -> pulumi.InvokeOptions:
        """For the look-ups of where this runs."""
        return pulumi.InvokeOptions(parent=self.children.parent)


def create_jobs(
    children: Children,
    delivery: Delivery,
    settings: Settings,
    middleware: MiddlewareRefs,
    backend: BackendRefs,
    alarm_topic: pulumi.Input[str] | None,
) -> aws.lambda_.Function:
    """Creates the functions, the queue of failed jobs with its alarm, and the route. Returns the worker. The tiers have
    what jobs need: `read_settings` has refused them otherwise."""
    pattern = JobPattern(
        children,
        delivery,
        settings,
        middleware,
        backend,
        jobs_table=backend.get("jobs_table", ""),
        payloads_bucket=backend.get("payloads_bucket", ""),
        websocket_api=middleware.get("websocket_api", ""),
    )
    queue = dead_letter_queue(pattern.children, "failed", pattern.backend["key"], alarm_topic)
    failure = _failure(pattern, queue)
    worker = _worker(pattern, failure)
    _route(pattern, _intake(pattern, worker))
    return worker


def _intake(pattern: JobPattern, worker: aws.lambda_.Function) -> aws.lambda_.Function:
    return _function(
        pattern,
        "intake",
        "genai_runtime.aws.intake.handler",
        [[allow(["lambda:InvokeFunction"], [worker.arn])]],
        timeout_seconds=INTAKE_TIMEOUT_SECONDS,
        worker=worker.name,
    )


def _worker(pattern: JobPattern, failure: aws.lambda_.Function) -> aws.lambda_.Function:
    pipeline = pipeline_statements(
        pattern.settings,
        pattern.middleware,
        pattern.backend,
        pattern.invoke,
        model_action=pattern.delivery.model_action,
    )
    # Lambda calls a destination with the role of the function whose event failed.
    destination = [allow(["lambda:InvokeFunction"], [failure.arn])]
    limits, children = pattern.settings.limits, pattern.children
    worker = _function(
        pattern,
        "worker",
        "genai_runtime.aws.worker.handler",
        [*pipeline, destination],
        timeout_seconds=limits.worker_timeout_seconds,
    )
    aws.lambda_.FunctionEventInvokeConfig(
        children.named("worker-events"),
        function_name=worker.name,
        maximum_retry_attempts=BACKGROUND_RETRIES,
        maximum_event_age_in_seconds=limits.worker_event_age_seconds,
        destination_config={"on_failure": {"destination": failure.arn}},
        opts=children.options("worker-events"),
    )
    return worker


def _failure(pattern: JobPattern, queue: aws.sqs.Queue) -> aws.lambda_.Function:
    return _function(
        pattern,
        "failure",
        "genai_runtime.aws.worker_failure.handler",
        [[allow(["sqs:SendMessage"], [queue.arn])]],
        timeout_seconds=FAILURE_TIMEOUT_SECONDS,
        dead_letter_queue_url=queue.url,
    )


def _function(
    pattern: JobPattern,
    role: str,
    handler: str,
    statements: Sequence[pulumi.Input[Sequence[Statement]]],
    *,
    timeout_seconds: int,
    worker: pulumi.Input[str] = "",
    dead_letter_queue_url: pulumi.Input[str] = "",
) -> aws.lambda_.Function:
    """A function that knows the pipeline's settings, keeps jobs and writes to the connections of clients; `statements`
    are what its role may do besides."""
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
        "websocket_url": pattern.middleware.get("websocket_url"),
        "worker": {
            "function": worker,
            "queue_url": "",
            "stream": pattern.delivery.stream,
            "timeout_seconds": settings.limits.background_timeout_seconds,
            "most_receives": 0,
            "dead_letter_queue_url": dead_letter_queue_url,
        },
    }
    connections = execute_api_arn(pattern.websocket_api, f"{STAGE}/POST/@connections/*", pattern.invoke)
    jobs = [
        allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], [pattern.jobs_table]),
        allow(["s3:GetObject", "s3:PutObject"], [payload_objects(pattern.payloads_bucket)]),
        allow(USE_KEY, [key]),
        allow(["execute-api:ManageConnections"], [connections]),
    ]
    return function(
        pattern.children,
        role,
        handler=handler,
        config=config,
        statements=[*statements, jobs],
        key=key,
        timeout_seconds=timeout_seconds,
        max_concurrency=settings.limits.max_concurrency,
        log_retention_days=settings.log_retention_days,
    )


def _route(pattern: JobPattern, intake: aws.lambda_.Function) -> None:
    """Only `$connect` takes an authorizer; whoever is connected has passed it."""
    children, action = pattern.children, pattern.delivery.action
    target = integration_target(
        children,
        "integration",
        pattern.websocket_api,
        intake,
        function_timeout_seconds=INTAKE_TIMEOUT_SECONDS,
        payload_format_version=None,
    )
    aws.apigatewayv2.Route(
        children.named("route"),
        api_id=pattern.websocket_api,
        route_key=action,
        target=target,
        opts=children.options("route"),
    )
    allow_gateway(
        children, "permission", intake, execute_api_arn(pattern.websocket_api, f"{STAGE}/{action}", pattern.invoke)
    )
