"""The arguments of the components of the six patterns."""

from typing import TypedDict

import pulumi

from .refs import BackendRefs, BackgroundRefs, MiddlewareRefs
from .section_args import (
    AlarmsArgs,
    BatchArgs,
    CacheArgs,
    ChainArgs,
    ConversationsArgs,
    FanOutArgs,
    JobsArgs,
    KnowledgeArgs,
    LimitsArgs,
    ModelArgs,
    NetworkArgs,
    TenantArgs,
)
from .tool_args import AgentArgs, ToolArgs


class RequestResponseArgs(TypedDict, total=False):
    """Pattern 1. A tier that is left out is created with its defaults, so the component works alone."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    background: BackgroundRefs
    """Where requests with `"background": true` go; left out, they are refused."""
    graphql: bool
    """Answers the fields of the GraphQL gateway too; off by default. A middleware that is given needs that gateway."""
    models: list[ModelArgs]
    tenants: list[TenantArgs]
    """Of the backend, see there; give a pattern the same ones when it is given a backend."""
    limits: LimitsArgs
    cache: CacheArgs
    chain: ChainArgs
    """A chain of prompts, besides the models; a backend that is given needs its `payloads_bucket` then."""
    jobs: JobsArgs
    """How long the jobs of `background` are kept; give its pattern the same."""
    conversations: ConversationsArgs
    """Of the backend, see there; give a pattern the same ones when it is given tiers."""
    knowledge: KnowledgeArgs
    network: NetworkArgs
    tools: list[ToolArgs]
    agent: AgentArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarm goes when a tenant's budget runs out; left out, it only shows."""
    alarms: AlarmsArgs
    retain_data: bool
    log_retention_days: int


class AsyncRequestResponseArgs(TypedDict, total=False):
    """Pattern 2. A tier that is left out is created with its defaults. A middleware that is given needs its WebSocket
    gateway, and its own backend given with it."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    models: list[ModelArgs]
    tenants: list[TenantArgs]
    """Of the backend, see there; give a pattern the same ones when it is given a backend."""
    limits: LimitsArgs
    cache: CacheArgs
    jobs: JobsArgs
    conversations: ConversationsArgs
    """Of the backend, see there; give a pattern the same ones when it is given tiers."""
    knowledge: KnowledgeArgs
    network: NetworkArgs
    tools: list[ToolArgs]
    agent: AgentArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarm goes when a job has failed for good; left out, the alarm only shows."""
    alarms: AlarmsArgs
    account_log_role: bool
    """Of the middleware that it creates, see there."""
    retain_data: bool
    log_retention_days: int


class StreamingResponseArgs(TypedDict, total=False):
    """Pattern 3. A tier that is left out is created with its defaults. A middleware that is given needs its WebSocket
    gateway, and its own backend given with it."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    models: list[ModelArgs]
    tenants: list[TenantArgs]
    """Of the backend, see there; give a pattern the same ones when it is given a backend."""
    limits: LimitsArgs
    cache: CacheArgs
    jobs: JobsArgs
    conversations: ConversationsArgs
    """Of the backend, see there; give a pattern the same ones when it is given tiers."""
    knowledge: KnowledgeArgs
    network: NetworkArgs
    tools: list[ToolArgs]
    agent: AgentArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarm goes when a job has failed for good; left out, the alarm only shows."""
    alarms: AlarmsArgs
    account_log_role: bool
    """Of the middleware that it creates, see there."""
    retain_data: bool
    log_retention_days: int


class BufferedRequestResponseArgs(TypedDict, total=False):
    """Pattern 4. A tier that is left out is created with its defaults. With a middleware that has a WebSocket gateway,
    answers are pushed there too; its own backend has to be given with it."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    create_route: bool
    """Whether `POST /v1/responses` is this pattern's. On by default; switch it off where pattern 1 has that route, and
    give pattern 1 the refs of this one as its `background`."""
    models: list[ModelArgs]
    tenants: list[TenantArgs]
    """Of the backend, see there; give a pattern the same ones when it is given a backend."""
    limits: LimitsArgs
    cache: CacheArgs
    jobs: JobsArgs
    conversations: ConversationsArgs
    """Of the backend, see there; give a pattern the same ones when it is given tiers."""
    knowledge: KnowledgeArgs
    network: NetworkArgs
    tools: list[ToolArgs]
    agent: AgentArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarms go when a job has failed for good or waits for too long; left out, they only show."""
    alarms: AlarmsArgs
    retain_data: bool
    log_retention_days: int


class ParallelFanOutArgs(TypedDict, total=False):
    """Pattern 5. A tier that is left out is created with its defaults. With a middleware that has a WebSocket gateway,
    answers are pushed there too; its own backend has to be given with it."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    response_routes: bool
    """Whether `GET /v1/responses/{id}` and its cancelling are this pattern's. On by default; switch it off where
    pattern 4 has those routes, which answer for fan-outs as well."""
    models: list[ModelArgs]
    limits: LimitsArgs
    cache: CacheArgs
    jobs: JobsArgs
    fan_out: FanOutArgs
    knowledge: KnowledgeArgs
    network: NetworkArgs
    tools: list[ToolArgs]
    agent: AgentArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarms go when a part has failed for good or waits for too long; left out, they only show."""
    alarms: AlarmsArgs
    retain_data: bool
    log_retention_days: int


class BatchProcessingArgs(TypedDict, total=False):
    """Pattern 6. A tier that is left out is created with its defaults."""

    middleware: MiddlewareRefs
    backend: BackendRefs
    models: list[ModelArgs]
    tenants: list[TenantArgs]
    """Of the backend, see there; give a pattern the same ones when it is given a backend."""
    limits: LimitsArgs
    cache: CacheArgs
    batch: BatchArgs
    knowledge: KnowledgeArgs
    network: NetworkArgs
    tools: list[ToolArgs]
    agent: AgentArgs
    alarm_topic: pulumi.Input[str]
    """Where the alarms go when work has failed for good or waits for too long; left out, they only show."""
    alarms: AlarmsArgs
    retain_data: bool
    log_retention_days: int
