"""Pattern 1, synchronous request/response: the answer comes back on the same connection.

client -> HTTP API (token, throttle) -> function (the prompt pipeline) -> Bedrock.
"""

import pulumi

from genai_tiers.args import RequestResponseArgs
from genai_tiers.aws.budget_alarm import budget_alarm
from genai_tiers.aws.functions import function
from genai_tiers.aws.models import check_models
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.settings import read_settings

from .background_access import background_config, background_statements
from .http_routes import http_routes
from .own_tiers import own_backend, own_middleware
from .pipeline_access import pipeline_config, pipeline_statements

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
    be waited for to its queue.
    """

    base_url: pulumi.Output[str]
    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: RequestResponseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = f"AwsRequestResponse {name!r}"
        settings = read_settings(title, args, RequestResponseArgs)
        check_models(title, settings)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        invoke = pulumi.InvokeOptions(parent=self)
        backend = args.get("backend") or own_backend(children, args)
        middleware = args.get("middleware") or own_middleware(children, args, backend)
        config = pipeline_config(
            settings,
            middleware,
            backend,
            invoke,
            model_timeout_seconds=settings.limits.answer_timeout_seconds,
        )
        statements = pipeline_statements(settings, middleware, backend, invoke, idempotency_keys=True)
        if background := args.get("background"):
            config |= background_config(background, settings)
            statements.append(background_statements(background, backend["key"]))
        worker = function(
            children,
            "function",
            handler="genai_runtime.aws.request_response.handler",
            config=config,
            statements=statements,
            key=backend["key"],
            timeout_seconds=settings.limits.function_timeout_seconds,
            max_concurrency=settings.limits.max_concurrency,
            log_retention_days=settings.log_retention_days,
            alarms=settings.alarms,
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
        self.register_outputs({"base_url": self.base_url, "function_name": self.function_name})

    @property
    def summary(self) -> dict[str, pulumi.Output[str]]:
        """What a stack's output says of the pattern."""
        return {"base_url": self.base_url, "function": self.function_name}
