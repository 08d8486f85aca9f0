"""Pattern 1, synchronous request/response: the answer comes back on the same connection.

client -> HTTP API (token, throttle) -> function (the prompt pipeline) -> Bedrock.
"""

import pulumi
import pulumi_aws as aws

from genai_tiers.args import RequestResponseArgs
from genai_tiers.aws.functions import function
from genai_tiers.aws.invocation import allow_gateway, execute_api_arn, integration_target
from genai_tiers.aws.models import check_models
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.refs import MiddlewareRefs
from genai_tiers.settings import Settings, read_settings

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

    `base_url` is what an OpenAI-compatible client takes.
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
        worker = function(
            children,
            "function",
            handler="genai_runtime.aws.request_response.handler",
            config=pipeline_config(
                settings,
                middleware,
                backend,
                invoke,
                model_timeout_seconds=settings.limits.answer_timeout_seconds,
            ),
            statements=pipeline_statements(settings, middleware, backend, invoke, idempotency_keys=True),
            key=backend["key"],
            timeout_seconds=settings.limits.function_timeout_seconds,
            max_concurrency=settings.limits.max_concurrency,
            log_retention_days=settings.log_retention_days,
        )
        _routes(children, worker, middleware, settings)
        self.base_url = pulumi.Output.concat(middleware["api_url"], "/v1")
        self.function_name = worker.name
        self.register_outputs({"base_url": self.base_url, "function_name": self.function_name})

    @property
    def summary(self) -> dict[str, pulumi.Output[str]]:
        """What a stack's output says of the pattern."""
        return {"base_url": self.base_url, "function": self.function_name}


def _routes(children: Children, worker: aws.lambda_.Function, middleware: MiddlewareRefs, settings: Settings) -> None:
    target = integration_target(
        children,
        "integration",
        middleware["api"],
        worker,
        function_timeout_seconds=settings.limits.function_timeout_seconds,
        payload_format_version="2.0",
    )
    everything = execute_api_arn(middleware["api"], "*/*", pulumi.InvokeOptions(parent=children.parent))
    allow_gateway(children, "permission", worker, everything)
    for role, route in ROUTES.items():
        aws.apigatewayv2.Route(
            children.named(f"route-{role}"),
            api_id=middleware["api"],
            route_key=route,
            authorization_type="JWT",
            authorizer_id=middleware["authorizer"],
            target=target,
            opts=children.options(f"route-{role}"),
        )
