"""Pattern 5, parallel fan-out: the parts of a request are worked on next to each other, by modality, and combined.

client -> HTTP API or WebSocket API -> a function that checks the request, keeps it and its parts as jobs, and publishes
each part -> topic -> a queue a modality -> a worker a modality (the prompt pipeline) -> the set of the parts that are
done -> queue -> combiner -> the response, which the client polls, and the client's connection. A message that was
delayed by the deadline goes to the combiner as well: it answers with the parts that are there.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from genai_tiers.args import Modality, ParallelFanOutArgs, Pattern
from genai_tiers.aws.agent import with_tools
from genai_tiers.aws.iam_roles import Statement, allow
from genai_tiers.aws.job_queue import TAKE_MESSAGES, JobQueue, job_queue, take_jobs
from genai_tiers.aws.modalities import check_modalities, fan_out_modalities, models_for
from genai_tiers.aws.models import check_models
from genai_tiers.aws.part_topic import PartTopic
from genai_tiers.aws.websocket_api import TICKETS_PATH
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.refs import BackendRefs
from genai_tiers.settings import Settings, read_settings
from genai_tiers.tool_code import load_tools

from .background_access import queue_config, send_jobs
from .conversation_access import show
from .http_routes import http_routes
from .job_functions import (
    INTAKE_TIMEOUT_SECONDS,
    KEEP_JOBS,
    Delivery,
    JobPattern,
    job_function,
    run_pipeline,
    take_action,
)
from .own_tiers import own_backend, own_middleware

DELIVERY = Delivery(action="fanout.create", stream=False, model_action="bedrock:InvokeModel")

ROUTES = {
    "create": "POST /v1/fanouts",
    "fan-out": "GET /v1/fanouts/{id}",
    "cancel": "POST /v1/fanouts/{id}/cancel",
}
"""Role of the route -> what it answers."""

RESPONSE_ROUTES = {
    "response": "GET /v1/responses/{id}",
    "cancel-response": "POST /v1/responses/{id}/cancel",
}

RETRIEVE = (Modality.TEXT, Modality.STRUCTURED)
"""Modalities whose parts are answered from the knowledge base; images and recordings bring what is asked about."""

CALL_TOOLS = (Modality.TEXT,)
"""Modalities whose models may call tools. An answer to a schema is a call itself."""

WORK_ON_PARTS = ("dynamodb:GetItem", "dynamodb:UpdateItem")
"""What workers do with jobs: events are the combiner's."""


class AwsParallelFanOut(pulumi.ComponentResource):
    """Creates routes to make, look at and cancel fan-outs, an encrypted topic of their parts, for each modality a queue
    with dead letters and alarms and a worker with a role of its own, and a combiner with its queue; and a route of the
    WebSocket API where the middleware has one. Tiers that are not given are created, so that it works alone.

    A client posts to `fan_outs_url`. Over the WebSocket, it posts to `tickets_url` with its token, connects to
    `websocket_url` with the ticket, and sends `action`. `queues` and `failed_queues` are URLs and `workers` names of
    functions, by modality and for the combiner by `combine`.
    """

    fan_outs_url: pulumi.Output[str]
    tickets_url: pulumi.Output[str | None]
    websocket_url: pulumi.Output[str | None]
    action: pulumi.Output[str | None]
    topic_arn: pulumi.Output[str]
    undelivered_queue_url: pulumi.Output[str]
    queues: pulumi.Output[dict[str, str]]
    failed_queues: pulumi.Output[dict[str, str]]
    workers: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, args: ParallelFanOutArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = f"AwsParallelFanOut {name!r}"
        settings = read_settings(title, args, ParallelFanOutArgs)
        check_models(title, settings)
        load_tools(title, settings.tools)
        check_modalities(title, settings)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children, alarm_topic = Children(self, name), args.get("alarm_topic")
        backend = args.get("backend") or own_backend(children, args, Pattern.PARALLEL_FAN_OUT)
        settings = with_tools(children, settings, args, backend)
        middleware = args.get("middleware") or own_middleware(children, args, backend)
        pattern = JobPattern(children, DELIVERY, settings, middleware, backend)
        key = backend["key"]
        topic = PartTopic(children, key, alarm_topic)
        combine = _queue(children, settings, key, alarm_topic, "combine-")
        config = _fan_out_config(settings, topic, combine)
        queues, workers = {"combine": combine}, {"combine": _combiner(pattern, combine, config)}
        for modality in fan_out_modalities(settings):
            role = modality.value
            queues[role] = _queue(children, settings, key, alarm_topic, f"{role}-")
            topic.subscribe(queues[role].queue, role)
            workers[role] = _worker(pattern, modality, queues[role], combine, config)
        self._take_requests(pattern, topic, combine, config)
        over_websocket = "websocket_api" in middleware
        self.fan_outs_url = pulumi.Output.concat(middleware["api_url"], "/v1/fanouts")
        tickets_url = pulumi.Output.concat(middleware["api_url"], TICKETS_PATH)
        self.tickets_url = tickets_url.apply(lambda url: url if over_websocket else None)
        self.websocket_url = pulumi.Output.from_input(middleware.get("websocket_url"))
        self.action = pulumi.Output.from_input(DELIVERY.action if over_websocket else None)
        self.topic_arn = topic.topic.arn
        self.undelivered_queue_url = topic.undelivered.url
        self.queues = pulumi.Output.all(**{role: queue.queue.url for role, queue in queues.items()})
        self.failed_queues = pulumi.Output.all(**{role: queue.failed.url for role, queue in queues.items()})
        self.workers = pulumi.Output.all(**{role: worker.name for role, worker in workers.items()})
        self.register_outputs(self.summary)

    @property
    def summary(self) -> dict[str, pulumi.Output[Any]]:
        """What a stack's output says of the pattern."""
        return {
            "fan_outs_url": self.fan_outs_url,
            "tickets_url": self.tickets_url,
            "websocket_url": self.websocket_url,
            "action": self.action,
            "topic_arn": self.topic_arn,
            "undelivered_queue_url": self.undelivered_queue_url,
            "queues": self.queues,
            "failed_queues": self.failed_queues,
            "workers": self.workers,
        }

    def _take_requests(
        self, pattern: JobPattern, topic: PartTopic, combine: JobQueue, config: Mapping[str, Any]
    ) -> None:
        """The functions that take requests: over HTTP, and over the WebSocket where there is one."""
        hand_over = [allow(["sns:Publish"], [topic.topic.arn]), *send_jobs(combine.queue.arn)]
        settings = pattern.settings
        over_http = [*hand_over, *(show(settings, pattern.middleware) if settings.response_routes else [])]
        http_routes(
            pattern.children,
            "fan-outs-",
            {**ROUTES, **(RESPONSE_ROUTES if settings.response_routes else {})},
            _intake(
                pattern, "fan-outs", "genai_runtime.aws.fan_outs.handler", over_http, combine, config, pushes=False
            ),
            pattern.middleware,
            function_timeout_seconds=INTAKE_TIMEOUT_SECONDS,
        )
        if "websocket_api" in pattern.middleware:
            handler = "genai_runtime.aws.fan_out_intake.handler"
            take_action(pattern, _intake(pattern, "intake", handler, hand_over, combine, config, pushes=True))


def _queue(
    children: Children, settings: Settings, key: pulumi.Input[str], alarm_topic: pulumi.Input[str] | None, prefix: str
) -> JobQueue:
    """A message lives as long as its job."""
    return job_queue(
        children,
        key,
        alarm_topic,
        visibility_seconds=settings.limits.queue_visibility_seconds,
        kept_seconds=settings.jobs_kept_seconds,
        prefix=prefix,
    )


def _fan_out_config(settings: Settings, topic: PartTopic, combine: JobQueue) -> dict[str, Any]:
    """What functions read as `fan_out` in GENAI_CONFIG."""
    return {
        "modalities": [
            {"name": modality.value, "models": [model.name for model in models_for(modality, settings)]}
            for modality in fan_out_modalities(settings)
        ],
        "deadline_seconds": settings.fan_out.deadline_seconds,
        "topic": topic.topic.arn,
        "combine_queue_url": combine.queue.url,
    }


def _intake(
    pattern: JobPattern,
    role: str,
    handler: str,
    statements: list[Statement],
    combine: JobQueue,
    config: Mapping[str, Any],
    *,
    pushes: bool,
) -> aws.lambda_.Function:
    return job_function(
        pattern,
        role,
        handler,
        [statements],
        timeout_seconds=INTAKE_TIMEOUT_SECONDS,
        max_concurrency=pattern.settings.limits.max_concurrency,
        worker=queue_config(combine.queue.url),
        pushes=pushes,
        fan_out=config,
    )


def _worker(
    pattern: JobPattern, modality: Modality, queue: JobQueue, combine: JobQueue, config: Mapping[str, Any]
) -> aws.lambda_.Function:
    """It may invoke the models that take its modality, and no others."""
    backend = pattern.backend if modality in RETRIEVE else _without_knowledge(pattern.backend)
    tools = pattern.settings.tools if modality in CALL_TOOLS else ()
    settings = replace(pattern.settings, models=models_for(modality, pattern.settings), tools=tools)
    return _queue_function(
        replace(pattern, settings=settings, backend=backend),
        modality.value,
        "genai_runtime.aws.part_worker.handler",
        queue,
        config,
        statements=send_jobs(combine.queue.arn),
        job_actions=WORK_ON_PARTS,
        pushes=False,
    )


def _combiner(pattern: JobPattern, queue: JobQueue, config: Mapping[str, Any]) -> aws.lambda_.Function:
    """It answers from what the parts gave, and from no documents or tools of its own."""
    settings = replace(pattern.settings, tools=())
    return _queue_function(
        replace(pattern, settings=settings, backend=_without_knowledge(pattern.backend)),
        "combine",
        "genai_runtime.aws.combiner.handler",
        queue,
        config,
        statements=[],
        job_actions=KEEP_JOBS,
        pushes=True,
    )


def _queue_function(
    pattern: JobPattern,
    role: str,
    handler: str,
    queue: JobQueue,
    config: Mapping[str, Any],
    *,
    statements: list[Statement],
    job_actions: tuple[str, ...],
    pushes: bool,
) -> aws.lambda_.Function:
    limits = pattern.settings.limits
    made = job_function(
        pattern,
        f"{role}-worker",
        handler,
        [*run_pipeline(pattern), [allow(TAKE_MESSAGES, [queue.queue.arn]), *statements]],
        timeout_seconds=limits.worker_timeout_seconds,
        max_concurrency=limits.max_workers,
        worker=queue_config(queue.queue.url),
        pushes=pushes,
        fan_out=config,
        job_actions=job_actions,
    )
    take_jobs(pattern.children, queue, made, limits.max_workers, f"{role}-")
    return made


def _without_knowledge(backend: BackendRefs) -> BackendRefs:
    return cast("BackendRefs", {name: value for name, value in backend.items() if name != "knowledge_base"})
