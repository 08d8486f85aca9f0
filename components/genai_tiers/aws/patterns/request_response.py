"""Pattern 1, synchronous request/response: the answer comes back on the same connection.

client -> HTTP API (token, throttle) -> function (the prompt pipeline) -> Bedrock. As an option, GraphQL stands beside
HTTP: client -> AppSync (token, schema, limits) -> a function of the same pipeline -> Bedrock. As another, a chain of
prompts runs in a state machine that the function starts; see `request_chain`.
"""

from typing import Any

import pulumi

from genai_tiers.args import Pattern, RequestResponseArgs
from genai_tiers.aws.agent import agent_files, with_tools
from genai_tiers.aws.budget_alarm import budget_alarm
from genai_tiers.aws.chain_models import check_chain
from genai_tiers.aws.functions import function
from genai_tiers.aws.models import check_models
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.settings import read_settings
from genai_tiers.tool_code import load_tools

from .background_access import background_config, background_statements
from .conversation_access import go_on, kept_config
from .graphql_fields import graphql_fields
from .http_routes import http_routes
from .own_tiers import own_backend, own_middleware
from .pipeline_access import pipeline_config, pipeline_statements
from .request_chain import chain_config, chain_statements, request_chain

ROUTES = {
    "chat-completions": "POST /v1/chat/completions",
    "responses": "POST /v1/responses",
    "models": "GET /v1/models",
    "model": "GET /v1/models/{model}",
}
"""Role of the route -> what it answers."""


class AwsRequestResponse(pulumi.ComponentResource):
    """Creates a function with its role and log group, and routes to it for chat completions, responses and the
    model list.
    Tiers that are not given are created, so that it works alone.

    `base_url` is what an OpenAI-compatible client takes. With a `background`, the function hands requests that need not
    be waited for to its queue. With `graphql`, a function of its own answers the fields of the GraphQL API. With a
    `chain` there is a state machine too, and the function that its steps call; clients name the chain as the model.
    """

    base_url: pulumi.Output[str]
    function_name: pulumi.Output[str]
    graphql_url: pulumi.Output[str | None]
    graphql_function_name: pulumi.Output[str | None]
    chain_function_name: pulumi.Output[str | None]

    def __init__(self, name: str, args: RequestResponseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = f"AwsRequestResponse {name!r}"
        settings = read_settings(title, args, RequestResponseArgs)
        check_models(title, settings)
        check_chain(title, settings)
        load_tools(title, settings.tools)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        invoke = pulumi.InvokeOptions(parent=self)
        backend = args.get("backend") or own_backend(children, args, Pattern.REQUEST_RESPONSE)
        settings = with_tools(children, settings, args, backend)
        middleware = args.get("middleware") or own_middleware(children, args, backend)
        config = pipeline_config(
            settings,
            middleware,
            backend,
            invoke,
            model_timeout_seconds=settings.limits.answer_timeout_seconds,
        )
        statements = pipeline_statements(settings, middleware, backend, invoke, idempotency_keys=True)
        common: dict[str, Any] = {
            "key": backend["key"],
            "timeout_seconds": settings.limits.function_timeout_seconds,
            "max_concurrency": settings.limits.max_concurrency,
            "log_retention_days": settings.log_retention_days,
            "alarms": settings.alarms,
            "network": backend.get("private_network"),
            "beside": agent_files(settings),
        }
        self.graphql_url = self.graphql_function_name = pulumi.Output.from_input(None)
        if settings.graphql:
            resolving = function(
                children,
                "graphql",
                handler="genai_runtime.aws.graphql.handler",
                # Whoever comes to AppSync comes past the distribution.
                config={**config, "origin_digests": None},
                statements=statements,
                **common,
            )
            budget_alarm(children, settings, resolving, args.get("alarm_topic"), "graphql-")
            graphql_fields(children, resolving, middleware.get("graphql_api", ""))
            self.graphql_url = pulumi.Output.from_input(middleware.get("graphql_url"))
            self.graphql_function_name = resolving.name
        config = {**config, "conversations": kept_config(settings, middleware)}
        statements = [*statements, go_on(settings, middleware, backend["key"])]
        if background := args.get("background"):
            config = {**config, **background_config(background, settings)}
            statements = [*statements, background_statements(background, backend["key"])]
        self.chain_function_name = pulumi.Output.from_input(None)
        if settings.chain.steps:
            machine, steps = request_chain(children, settings, middleware, backend, args.get("alarm_topic"))
            config = {**config, "chain": chain_config(machine, settings, backend)}
            statements = [*statements, chain_statements(machine, backend)]
            self.chain_function_name = steps.name
        worker = function(
            children,
            "function",
            handler="genai_runtime.aws.request_response.handler",
            config=config,
            statements=statements,
            **common,
        )
        budget_alarm(children, settings, worker, args.get("alarm_topic"))
        http_routes(
            children,
            "",
            ROUTES,
            worker,
            middleware,
            function_timeout_seconds=settings.limits.function_timeout_seconds,
        )
        self.base_url = pulumi.Output.concat(middleware["api_url"], "/v1")
        self.function_name = worker.name
        self._graphql = settings.graphql
        self.register_outputs(
            {
                "base_url": self.base_url,
                "function_name": self.function_name,
                "graphql_url": self.graphql_url,
                "graphql_function_name": self.graphql_function_name,
                "chain_function_name": self.chain_function_name,
            }
        )

    @property
    def summary(self) -> dict[str, pulumi.Output[Any]]:
        """What a stack's output says of the pattern."""
        told: dict[str, pulumi.Output[Any]] = {"base_url": self.base_url, "function": self.function_name}
        if self._graphql:
            told |= {"graphql_url": self.graphql_url, "graphql_function": self.graphql_function_name}
        return told
