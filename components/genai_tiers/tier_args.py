"""The arguments of the components of the three tiers."""

from typing import Required, TypedDict

import pulumi

from .choices import Pattern
from .refs import FrontendRefs, NetworkRefs
from .section_args import (
    AlarmsArgs,
    CacheArgs,
    ChainArgs,
    ConversationsArgs,
    GuardrailArgs,
    InvocationLogArgs,
    JobsArgs,
    KnowledgeArgs,
    LimitsArgs,
    NetworkArgs,
    PromptArgs,
    SignInArgs,
    TenantArgs,
    WebAppArgs,
)
from .tool_args import ToolArgs


class FrontendArgs(TypedDict, total=False):
    """The frontend tier: sign-in, tenant separation, and the chat page."""

    sign_in: SignInArgs
    web_app: WebAppArgs
    api_url: pulumi.Input[str]
    """The middleware's HTTP API, which the chat page talks to. Left out, there is no page."""
    websocket_url: pulumi.Input[str]
    """The middleware's WebSocket API; left out, the page does not stream."""
    retain_data: bool
    """Keeps the user directory from being deleted. On by default; off makes `pulumi destroy` delete all users."""


class MiddlewareArgs(TypedDict, total=False):
    """The middleware tier: the gateways and the prompt layer."""

    frontend: Required[FrontendRefs]
    """Whose tokens the gateway accepts."""
    key: Required[pulumi.Input[str]]
    """The backend's encryption key."""
    websocket: bool
    """Adds the WebSocket gateway; off by default. It needs the backend's `jobs_table` and `payloads_bucket`."""
    jobs_table: pulumi.Input[str]
    payloads_bucket: pulumi.Input[str]
    graphql: bool
    """Adds the GraphQL gateway, whose fields pattern 1 answers; off by default."""
    web_app: WebAppArgs
    """The frontend's: its `firewall` stands before the GraphQL gateway too."""
    private_network: NetworkRefs
    """The backend's, where it has one."""
    conversations_table: pulumi.Input[str]
    """The backend's, with its bucket: patterns keep answers and conversations there, and the gateway has routes to
    them. Left out, none are kept."""
    conversations_bucket: pulumi.Input[str]
    account_log_role: bool
    """On AWS, sets the role with which API Gateway logs WebSocket traffic, for the whole account and region. AWS needs
    one there; off by default, because only one stack may own it."""
    limits: LimitsArgs
    guardrail: GuardrailArgs
    cache: CacheArgs
    jobs: JobsArgs
    conversations: ConversationsArgs
    prompt: PromptArgs
    retain_data: bool
    alarm_topic: pulumi.Input[str]
    """Where the alarms go: the ARN of a topic."""
    alarms: AlarmsArgs
    log_retention_days: int


class KnowledgeBaseArgs(TypedDict, total=False):
    """A knowledge base over a document bucket."""

    key: Required[pulumi.Input[str]]
    """The encryption key of the documents and vectors."""
    knowledge: KnowledgeArgs
    tenants: list[TenantArgs]
    private_network: NetworkRefs
    """The backend's, where it has one."""
    retain_data: bool
    alarm_topic: pulumi.Input[str]
    """Where the alarms go: the ARN of a topic."""
    alarms: AlarmsArgs
    log_retention_days: int


class BackendArgs(TypedDict, total=False):
    """The backend tier: the knowledge base, the data and the key."""

    patterns: list[Pattern]
    """What is built on it, which decides what a private network has to reach; all by default."""
    cache: CacheArgs
    """Of the middleware; a semantic cache is another service that a private network has to reach."""
    chain: ChainArgs
    """Of pattern 1, see there; a private network has to reach what runs it."""
    network: NetworkArgs
    tools: list[ToolArgs]
    """What models may call, which a private network has to reach too."""
    knowledge: KnowledgeArgs
    conversations: ConversationsArgs
    tenants: list[TenantArgs]
    retain_data: bool
    """Keeps tables and buckets from being deleted with their content. On by default."""
    alarm_topic: pulumi.Input[str]
    """Where the alarms go: the ARN of a topic."""
    alarms: AlarmsArgs
    invocation_log: InvocationLogArgs
    log_retention_days: int
