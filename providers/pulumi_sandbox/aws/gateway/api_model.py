"""An API as it is deployed, read once from moto: what the data plane works with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

DEFAULT_STAGE = "$default"
ACCOUNT_RATE = 10_000.0
ACCOUNT_BURST = 5_000
"""Requests a second, and at once, that a route may take where its stage sets nothing (the account's quota)."""


@dataclass(frozen=True, slots=True)
class Integration:
    """Where requests go. ``timeout_ms`` is at most 30000 for HTTP APIs and 29000 for WebSocket APIs."""

    id: str
    type: str
    subtype: str | None
    uri: str
    method: str | None
    payload_version: str
    timeout_ms: int
    credentials_arn: str | None
    maps_parameters: bool
    """Whether parameter mapping is configured, which the gateway models for calls of services only."""

    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Mapped request parameters."""


@dataclass(frozen=True, slots=True)
class Authorizer:
    """Who decides on requests. ``ttl_seconds`` is for how long an answer of a function is kept."""

    id: str
    type: str
    uri: str
    identity_sources: tuple[str, ...]
    ttl_seconds: int
    payload_version: str
    simple_responses: bool
    credentials_arn: str | None
    issuer: str
    audiences: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """One route. ``authorization`` is NONE, JWT, CUSTOM or AWS_IAM."""

    key: str
    authorization: str
    authorizer: Authorizer | None
    scopes: tuple[str, ...]
    integration: Integration | None
    returns_response: bool = False
    """Whether a WebSocket route sends its integration's response back: it selects a route response, and has it."""

    @cached_property
    def method(self) -> str:
        """The method, ``ANY``, or ``$default``."""
        return self.key.split(" ", 1)[0]

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path."""
        return tuple(self.key.split(" ", 1)[1].strip("/").split("/")) if " " in self.key else ()

    @cached_property
    def specificity(self) -> tuple[object, ...]:
        """Sorts routes so that the one that takes precedence comes first."""
        # Per segment: a word before a parameter before a greedy one; then a method before ANY; $default is last.
        kinds = tuple(2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in self.segments)
        return self.key == "$default", kinds, self.method == "ANY"


@dataclass(frozen=True, slots=True)
class Throttle:
    """Requests a second, and how many at once."""

    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Where a line for each request goes, and its form."""

    group_arn: str
    format: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A deployed stage with the routes that it serves, those that take precedence first."""

    name: str
    routes: tuple[Route, ...]
    throttle: Throttle
    route_throttles: Mapping[str, Throttle]
    access_log: AccessLog | None
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cors:
    """The API's CORS configuration."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    credentials: bool
    max_age: int | None


@dataclass(frozen=True, slots=True)
class Api:
    """One API with its deployed stages by name."""

    id: str
    account: str
    region: str
    protocol: str
    disabled: bool
    cors: Cors | None
    route_selection: str
    stages: Mapping[str, Stage] = field(default_factory=dict[str, Stage])

    def execution_arn(self, rest: str) -> str:
        """Return the ARN below the API that policies name."""
        return f"arn:aws:execute-api:{self.region}:{self.account}:{self.id}/{rest}"


def _integration(found: Any) -> Integration:
    return Integration(
        id=found.id,
        type=found.integration_type,
        subtype=found.integration_subtype,
        uri=found.integration_uri or "",
        method=found.integration_method,
        payload_version=found.payload_format_version or "1.0",
        timeout_ms=int(found.timeout_in_millis or 30000),
        credentials_arn=found.credentials_arn,
        maps_parameters=bool(found.request_parameters or found.response_parameters),
        parameters=dict(found.request_parameters or {}),
    )


def _authorizer(found: Any) -> Authorizer:
    jwt: Mapping[str, Any] = found.jwt_config or {}
    sources = found.identity_source or []
    return Authorizer(
        id=found.id,
        type=found.authorizer_type,
        uri=found.authorizer_uri or "",
        identity_sources=tuple([sources] if isinstance(sources, str) else sources),
        ttl_seconds=300 if found.auth_result_ttl is None else int(found.auth_result_ttl),
        payload_version=found.auth_payload_format_version or "1.0",
        simple_responses=bool(found.enable_simple_response),
        credentials_arn=found.auth_creds_arn,
        issuer=jwt.get("issuer", ""),
        audiences=tuple(jwt.get("audience") or ()),
    )


def _routes(routes: Any, integrations: Any, authorizers: Any) -> tuple[Route, ...]:
    read: list[Route] = []
    for found in routes.values():
        integration = integrations.get((found.target or "").removeprefix("integrations/"))
        authorizer = authorizers.get(found.authorizer_id or "")
        read.append(
            Route(
                key=found.route_key,
                authorization=found.authorization_type or "NONE",
                authorizer=_authorizer(authorizer) if authorizer else None,
                scopes=tuple(found.authorization_scopes or ()),
                integration=_integration(integration) if integration else None,
                returns_response=_returns_response(found),
            )
        )
    return tuple(sorted(read, key=lambda route: route.specificity))


def _returns_response(route: Any) -> bool:
    keys = {response.route_response_key for response in route.route_responses.values()}
    return route.route_response_selection_expression == "$default" and "$default" in keys


def _throttle(settings: Mapping[str, Any], otherwise: Throttle) -> Throttle:
    rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
    return Throttle(
        otherwise.rate if rate is None else float(rate),
        otherwise.burst if burst is None else int(burst),
    )


def _stage(api: Any, found: Any) -> Stage | None:
    if found.auto_deploy:
        routes = _routes(api.routes, api.integrations, api.authorizers)
    else:
        deployment = getattr(api, "deployments", {}).get(getattr(found, "deployment_id", None))
        if deployment is None:
            return None
        routes = _routes(deployment.routes, deployment.integrations, deployment.authorizers)
    throttle = _throttle(found.default_route_settings or {}, Throttle(ACCOUNT_RATE, ACCOUNT_BURST))
    log: Mapping[str, str] = found.access_log_settings or {}
    return Stage(
        name=found.name,
        routes=routes,
        throttle=throttle,
        route_throttles={key: _throttle(value, throttle) for key, value in (found.route_settings or {}).items()},
        access_log=AccessLog(log["destinationArn"], log["format"])
        if log.get("destinationArn") and log.get("format")
        else None,
        variables=dict(found.stage_variables or {}),
    )


def _cors(found: Mapping[str, Any] | None) -> Cors | None:
    if not found or not any(found.values()):
        return None
    return Cors(
        origins=tuple(found.get("allowOrigins") or ()),
        methods=tuple(found.get("allowMethods") or ()),
        headers=tuple(found.get("allowHeaders") or ()),
        exposed=tuple(found.get("exposeHeaders") or ()),
        credentials=bool(found.get("allowCredentials")),
        max_age=found.get("maxAge"),
    )


def read_api(api: Any, account: str, region: str) -> Api:
    """Return the deployed form of a moto ``Api``; hold moto's state while calling."""
    stages = {name: _stage(api, found) for name, found in api.stages.items()}
    return Api(
        id=api.api_id,
        account=account,
        region=region,
        protocol=api.protocol_type,
        disabled=bool(api.disable_execute_api_endpoint),
        cors=_cors(api.cors_configuration),
        route_selection=api.route_selection_expression,
        stages={name: stage for name, stage in stages.items() if stage},
    )


_FUNCTION_IN_URI = re.compile(r"functions/(?P<arn>.+)/invocations$")
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([\w-]+)\}")


def function_arn(uri: str, variables: Mapping[str, str]) -> str:
    """Return the function that an integration's or authorizer's URI names."""
    uri = _STAGE_VARIABLE.sub(lambda found: variables.get(found[1], ""), uri)
    found = _FUNCTION_IN_URI.search(uri)
    return found["arn"] if found else uri
