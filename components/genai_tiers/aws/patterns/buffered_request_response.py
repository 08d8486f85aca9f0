"""Pattern 4, buffered request/response: a queue holds the requests until a worker is free.

client -> HTTP API or WebSocket API -> a function that checks the request and keeps a job -> queue -> worker (the prompt
pipeline) -> the job, which the client polls, and the client's connection. A job that no delivery could finish goes to
the dead-letter queue; when its cause is mended, moving it back has it worked on after all.
"""

import pulumi
import pulumi_aws as aws

from genai_tiers.args import BufferedRequestResponseArgs, Pattern
from genai_tiers.aws.agent import with_tools
from genai_tiers.aws.budget_alarm import budget_alarm
from genai_tiers.aws.iam_roles import allow
from genai_tiers.aws.job_queue import TAKE_MESSAGES, JobQueue, job_queue, take_jobs
from genai_tiers.aws.models import check_models
from genai_tiers.aws.websocket_api import TICKETS_PATH
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.refs import BackgroundRefs
from genai_tiers.settings import read_settings
from genai_tiers.tool_code import load_tools

from .background_access import queue_config, send_jobs
from .conversation_access import look_up, show
from .http_routes import http_routes
from .job_functions import INTAKE_TIMEOUT_SECONDS, Delivery, JobPattern, answer_turns, job_function, take_action
from .own_tiers import own_backend, own_middleware

DELIVERY = Delivery(action="response.queue", stream=False, model_action="bedrock:InvokeModel")

ROUTES = {
    "response": "GET /v1/responses/{id}",
    "cancel": "POST /v1/responses/{id}/cancel",
}
"""Role of the route -> what it answers."""

CREATE_ROUTE = {"create": "POST /v1/responses"}


class AwsBufferedRequestResponse(pulumi.ComponentResource):
    """Creates a queue of jobs with its dead letters and alarms, a worker that takes jobs from it, and routes to make a
    response in the background, look at it and cancel it; and a route of the WebSocket API where the middleware has one.
    Tiers that are not given are created, so that it works alone.

    `base_url` is what an OpenAI-compatible client takes, which asks with `"background": true`. Over the WebSocket, a
    client posts to `tickets_url` with its token, connects to `websocket_url` with the ticket, and sends `action`.
    """

    base_url: pulumi.Output[str]
    tickets_url: pulumi.Output[str | None]
    websocket_url: pulumi.Output[str | None]
    action: pulumi.Output[str | None]
    queue_url: pulumi.Output[str]
    failed_queue_url: pulumi.Output[str]
    worker_name: pulumi.Output[str]
    queue_arn: pulumi.Output[str]
    jobs_table: pulumi.Output[str]
    payloads_bucket: pulumi.Output[str]

    def __init__(
        self, name: str, args: BufferedRequestResponseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        title = f"AwsBufferedRequestResponse {name!r}"
        settings = read_settings(title, args, BufferedRequestResponseArgs)
        check_models(title, settings)
        load_tools(title, settings.tools)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        backend = args.get("backend") or own_backend(children, args, Pattern.BUFFERED_REQUEST_RESPONSE)
        settings = with_tools(children, settings, args, backend)
        middleware = args.get("middleware") or own_middleware(children, args, backend)
        pattern = JobPattern(children, DELIVERY, settings, middleware, backend)
        queue = job_queue(
            children,
            backend["key"],
            args.get("alarm_topic"),
            visibility_seconds=settings.limits.queue_visibility_seconds,
            kept_seconds=settings.jobs_kept_seconds,
        )
        worker = _worker(pattern, queue)
        budget_alarm(children, settings, worker, args.get("alarm_topic"))
        http_routes(
            children,
            "background-",
            {**(CREATE_ROUTE if settings.create_route else {}), **ROUTES},
            _background(pattern, queue),
            middleware,
            function_timeout_seconds=INTAKE_TIMEOUT_SECONDS,
        )
        over_websocket = "websocket_api" in middleware
        if over_websocket:
            take_action(pattern, _intake(pattern, queue))
        self.base_url = pulumi.Output.concat(middleware["api_url"], "/v1")
        tickets_url = pulumi.Output.concat(middleware["api_url"], TICKETS_PATH)
        self.tickets_url = tickets_url.apply(lambda url: url if over_websocket else None)
        self.websocket_url = pulumi.Output.from_input(middleware.get("websocket_url"))
        self.action = pulumi.Output.from_input(DELIVERY.action if over_websocket else None)
        self.queue_url = queue.queue.url
        self.failed_queue_url = queue.failed.url
        self.worker_name = worker.name
        self.queue_arn = queue.queue.arn
        self.jobs_table = pulumi.Output.from_input(pattern.jobs_table)
        self.payloads_bucket = pulumi.Output.from_input(pattern.payloads_bucket)
        self.register_outputs(
            {
                **self.summary,
                "queue_arn": self.queue_arn,
                "jobs_table": self.jobs_table,
                "payloads_bucket": self.payloads_bucket,
            }
        )

    @property
    def refs(self) -> BackgroundRefs:
        """What the argument `background` of pattern 1 takes."""
        return BackgroundRefs(
            queue=self.queue_arn,
            queue_url=self.queue_url,
            jobs_table=self.jobs_table,
            payloads_bucket=self.payloads_bucket,
        )

    @property
    def summary(self) -> dict[str, pulumi.Output[str | None] | pulumi.Output[str]]:
        """What a stack's output says of the pattern."""
        return {
            "base_url": self.base_url,
            "tickets_url": self.tickets_url,
            "websocket_url": self.websocket_url,
            "action": self.action,
            "queue_url": self.queue_url,
            "failed_queue_url": self.failed_queue_url,
            "worker": self.worker_name,
        }


def _background(pattern: JobPattern, queue: JobQueue) -> aws.lambda_.Function:
    """It hands jobs to the queue only where it has the route that makes them."""
    return job_function(
        pattern,
        "background",
        "genai_runtime.aws.background.handler",
        [
            send_jobs(queue.queue.arn) if pattern.settings.create_route else [],
            show(pattern.settings, pattern.middleware),
        ],
        timeout_seconds=INTAKE_TIMEOUT_SECONDS,
        max_concurrency=pattern.settings.limits.max_concurrency,
        worker=queue_config(queue.queue.url),
        pushes=False,
    )


def _intake(pattern: JobPattern, queue: JobQueue) -> aws.lambda_.Function:
    return job_function(
        pattern,
        "intake",
        "genai_runtime.aws.intake.handler",
        [send_jobs(queue.queue.arn), look_up(pattern.settings, pattern.middleware)],
        timeout_seconds=INTAKE_TIMEOUT_SECONDS,
        max_concurrency=pattern.settings.limits.max_concurrency,
        worker=queue_config(queue.queue.url),
    )


def _worker(pattern: JobPattern, queue: JobQueue) -> aws.lambda_.Function:
    limits = pattern.settings.limits
    worker = job_function(
        pattern,
        "worker",
        "genai_runtime.aws.queue_worker.handler",
        [*answer_turns(pattern), [allow(TAKE_MESSAGES, [queue.queue.arn])]],
        timeout_seconds=limits.worker_timeout_seconds,
        max_concurrency=limits.max_workers,
        worker=queue_config(queue.queue.url),
    )
    take_jobs(pattern.children, queue, worker, limits.max_workers)
    return worker
