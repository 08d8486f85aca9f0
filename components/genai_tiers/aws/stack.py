"""The whole system: three tiers, and the patterns on top of them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.args import (
    AsyncRequestResponseArgs,
    BackendArgs,
    BatchProcessingArgs,
    BufferedRequestResponseArgs,
    FrontendArgs,
    MiddlewareArgs,
    ParallelFanOutArgs,
    Pattern,
    RequestResponseArgs,
    StreamingResponseArgs,
    ThreeTierArgs,
)
from genai_tiers.documents import find_documents
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.settings import part_of, read_settings
from genai_tiers.tool_code import load_tools

from .agent import own_tools
from .alarms import gateway_alarms
from .backend import AwsBackend
from .chain_models import check_chain
from .dashboards import dashboard
from .frontend import AwsFrontend
from .middleware import AwsMiddleware
from .modalities import check_modalities
from .models import check_models
from .patterns.async_request_response import AwsAsyncRequestResponse
from .patterns.batch_processing import AwsBatchProcessing
from .patterns.buffered_request_response import AwsBufferedRequestResponse
from .patterns.parallel_fan_out import AwsParallelFanOut
from .patterns.request_response import AwsRequestResponse
from .patterns.streaming_response import AwsStreamingResponse
from .spend_budget import spend_budget
from .token_alarm import token_alarm

PATTERNS: Mapping[Pattern, tuple[type[Any], type[Any]]] = {
    Pattern.REQUEST_RESPONSE: (AwsRequestResponse, RequestResponseArgs),
    Pattern.ASYNC_REQUEST_RESPONSE: (AwsAsyncRequestResponse, AsyncRequestResponseArgs),
    Pattern.STREAMING_RESPONSE: (AwsStreamingResponse, StreamingResponseArgs),
    Pattern.BUFFERED_REQUEST_RESPONSE: (AwsBufferedRequestResponse, BufferedRequestResponseArgs),
    Pattern.PARALLEL_FAN_OUT: (AwsParallelFanOut, ParallelFanOutArgs),
    Pattern.BATCH_PROCESSING: (AwsBatchProcessing, BatchProcessingArgs),
}
"""Pattern -> its component, and what that takes."""

OVER_WEBSOCKET = (Pattern.ASYNC_REQUEST_RESPONSE, Pattern.STREAMING_RESPONSE)
"""Patterns for which the middleware has its WebSocket gateway."""


class AwsThreeTierStack(pulumi.ComponentResource):
    """Creates the frontend, middleware and backend tiers on AWS and the chosen patterns, all from one set of arguments.

    Raises `InvalidArgumentsError` with every mistake in them, before anything is created.
    """

    cloud: pulumi.Output[str]
    region: pulumi.Output[str]
    app_url: pulumi.Output[str | None]
    api_url: pulumi.Output[str]
    websocket_url: pulumi.Output[str | None]
    graphql_url: pulumi.Output[str | None]
    user_pool_id: pulumi.Output[str]
    client_id: pulumi.Output[str]
    documents_bucket: pulumi.Output[str | None]
    patterns: pulumi.Output[dict[str, dict[str, str]]]

    def __init__(self, name: str, args: ThreeTierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = f"AwsThreeTierStack {name!r}"
        settings = read_settings(title, args, ThreeTierArgs)
        check_models(title, settings)
        if Pattern.REQUEST_RESPONSE in settings.patterns:
            check_chain(title, settings)
        if Pattern.PARALLEL_FAN_OUT in settings.patterns:
            check_modalities(title, settings)
        find_documents(title, settings.knowledge, settings.tenants)
        load_tools(title, settings.tools)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        backend = AwsBackend(children.named("backend"), part_of(args, BackendArgs), children.options("backend"))
        websocket = any(pattern in OVER_WEBSOCKET for pattern in settings.patterns)
        # The page stands before the APIs, and the APIs ask the page's users for tokens: neither tier comes first.
        api_url, resolve_api_url = pulumi.deferred_output()
        websocket_url, resolve_websocket_url = pulumi.deferred_output()
        of_frontend: FrontendArgs = {**part_of(args, FrontendArgs), "api_url": api_url}
        if websocket:
            of_frontend["websocket_url"] = websocket_url
        frontend = AwsFrontend(children.named("frontend"), of_frontend, children.options("frontend"))
        of_middleware: MiddlewareArgs = {
            **part_of(args, MiddlewareArgs),
            **part_of(backend.refs, MiddlewareArgs),
            "frontend": frontend.refs,
            "websocket": websocket,
        }
        try:
            middleware = AwsMiddleware(children.named("middleware"), of_middleware, children.options("middleware"))
        except BaseException as error:
            # The frontend would wait for the addresses for ever, and the engine with it.
            resolve_api_url(_failed(error))
            resolve_websocket_url(_failed(error))
            raise
        resolve_api_url(middleware.api_url)
        resolve_websocket_url(middleware.websocket_url)
        given: dict[str, Any] = {
            **args,
            "middleware": middleware.refs,
            "backend": backend.refs,
            "tools": own_tools(children, args, backend.refs),
            # One route answers both who waits and who does not.
            "create_route": Pattern.REQUEST_RESPONSE not in settings.patterns,
            "response_routes": Pattern.BUFFERED_REQUEST_RESPONSE not in settings.patterns,
        }
        patterns: dict[str, dict[str, Any]] = {}
        functions: list[pulumi.Output[list[str]]] = []
        steps: pulumi.Input[list[str]] = []
        for pattern in sorted(settings.patterns, key=_queues_first):
            component, kind = PATTERNS[pattern]
            role = pattern.value
            made = component(children.named(role), part_of(given, kind), children.options(role))
            patterns[role] = made.summary
            functions.append(_answering(made))
            if isinstance(made, AwsRequestResponse):
                steps = made.chain_function_name.apply(lambda name: [name] if name else [])
            if isinstance(made, AwsBufferedRequestResponse):
                given["background"] = made.refs
        gateway_alarms(children, middleware.api, settings.limits.answer_timeout_seconds, args.get("alarm_topic"))
        token_alarm(children, settings.alarms)
        spend_budget(children, settings)
        answering = pulumi.Output.all(*functions).apply(lambda lists: [name for names in lists for name in names])
        work, failed = (_queue_names(patterns, outputs) for outputs in (QUEUES, FAILED_QUEUES))
        dashboard(children, middleware.api, answering, steps, work, failed)
        self.cloud = pulumi.Output.from_input("aws")
        self.region = aws.get_region_output(opts=pulumi.InvokeOptions(parent=self)).region
        self.app_url = frontend.app_url
        self.api_url = pulumi.Output.from_input(middleware.refs["api_url"])
        self.websocket_url = pulumi.Output.from_input(middleware.refs.get("websocket_url"))
        self.graphql_url = middleware.graphql_url
        self.user_pool_id = frontend.user_pool_id
        self.client_id = frontend.client_id
        self.documents_bucket = backend.documents_bucket
        self.patterns = pulumi.Output.from_input(patterns)
        self.register_outputs(self.outputs)

    @property
    def outputs(self) -> dict[str, pulumi.Output[Any]]:
        """What a stack exports, by name."""
        return {
            "cloud": self.cloud,
            "region": self.region,
            "app_url": self.app_url,
            "api_url": self.api_url,
            "websocket_url": self.websocket_url,
            "graphql_url": self.graphql_url,
            "user_pool_id": self.user_pool_id,
            "client_id": self.client_id,
            "documents_bucket": self.documents_bucket,
            "patterns": self.patterns,
        }


def _failed(error: BaseException) -> pulumi.Output[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.set_exception(error)
    return pulumi.Output.from_input(future)


def _queues_first(pattern: Pattern) -> bool:
    """Pattern 1 hands requests to the queue of pattern 4, which has to be there before it."""
    return pattern is not Pattern.BUFFERED_REQUEST_RESPONSE


def _answering(pattern: Any) -> pulumi.Output[list[str]]:
    """The names of the functions that a pattern answers with."""
    if isinstance(pattern, AwsParallelFanOut):
        return pattern.workers.apply(lambda workers: [workers[role] for role in sorted(workers)])
    if isinstance(pattern, AwsRequestResponse):
        names = pulumi.Output.all(pattern.function_name, pattern.graphql_function_name)
        return names.apply(lambda known: [name for name in known if name])
    return pulumi.Output.from_input(pattern.worker_name).apply(lambda text: [text])


QUEUES = ("queue_url", "queues")
FAILED_QUEUES = ("failed_queue_url", "failed_queues", "undelivered_queue_url")
"""Outputs of patterns that are a queue's URL, or those of several by role."""


def _queue_names(patterns: Mapping[str, Mapping[str, Any]], outputs: Sequence[str]) -> pulumi.Output[list[str]]:
    """Of the queues that these outputs of patterns tell; a queue's URL ends with its name."""
    told = [made[output] for made in patterns.values() for output in outputs if output in made]
    return pulumi.Output.all(*told).apply(
        lambda known: [
            url.rpartition("/")[2]
            for urls in known
            for url in ([urls[role] for role in sorted(urls)] if isinstance(urls, Mapping) else [urls])
        ]
    )
