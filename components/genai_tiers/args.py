"""What a user may choose, on either cloud. Every field is optional; defaults are safe for production and cheap at rest.

These are typed dictionaries because that is the one shape that a native construction, a remote construction and stack
config have in common: the component provider host hands a component a plain dictionary. They are checked, defaulted and
made immutable in `settings.py`, which is also where the defaults and the bounds are.
"""

from typing import TypedDict

import pulumi

from .choices import Chunking, Mfa, Modality, Pattern, VectorStore
from .pattern_args import (
    AsyncRequestResponseArgs,
    BatchProcessingArgs,
    BufferedRequestResponseArgs,
    ParallelFanOutArgs,
    RequestResponseArgs,
    StreamingResponseArgs,
)
from .section_args import (
    AlarmsArgs,
    BatchArgs,
    BatchScheduleArgs,
    CacheArgs,
    ChainArgs,
    ChainStepArgs,
    ChunkingArgs,
    ConversationsArgs,
    DeniedTopicArgs,
    FanOutArgs,
    GuardrailArgs,
    InvocationLogArgs,
    JobsArgs,
    KnowledgeArgs,
    LimitsArgs,
    ModelArgs,
    NetworkArgs,
    PromptArgs,
    PromptVersionArgs,
    SignInArgs,
    SpendBudgetArgs,
    TenantArgs,
    TenantLimitsArgs,
    WebAppArgs,
)
from .tier_args import BackendArgs, FrontendArgs, KnowledgeBaseArgs, MiddlewareArgs
from .tool_args import AgentArgs, PermissionArgs, ToolArgs, ToolsArgs

__all__ = [
    "AgentArgs",
    "AlarmsArgs",
    "AsyncRequestResponseArgs",
    "BackendArgs",
    "BatchArgs",
    "BatchProcessingArgs",
    "BatchScheduleArgs",
    "BufferedRequestResponseArgs",
    "CacheArgs",
    "ChainArgs",
    "ChainStepArgs",
    "Chunking",
    "ChunkingArgs",
    "ConversationsArgs",
    "DeniedTopicArgs",
    "FanOutArgs",
    "FrontendArgs",
    "GuardrailArgs",
    "InvocationLogArgs",
    "JobsArgs",
    "KnowledgeArgs",
    "KnowledgeBaseArgs",
    "LimitsArgs",
    "Mfa",
    "MiddlewareArgs",
    "Modality",
    "ModelArgs",
    "NetworkArgs",
    "ParallelFanOutArgs",
    "Pattern",
    "PermissionArgs",
    "PromptArgs",
    "PromptVersionArgs",
    "RequestResponseArgs",
    "SignInArgs",
    "SpendBudgetArgs",
    "StreamingResponseArgs",
    "TenantArgs",
    "TenantLimitsArgs",
    "ThreeTierArgs",
    "ToolArgs",
    "ToolsArgs",
    "VectorStore",
    "WebAppArgs",
]


class ThreeTierArgs(TypedDict, total=False):
    """A whole system: all three tiers and the patterns on top of them."""

    patterns: list[Pattern]
    """What is deployed; all by default."""
    models: list[ModelArgs]
    """The allow-list, the default first."""
    tenants: list[TenantArgs]
    limits: LimitsArgs
    guardrail: GuardrailArgs
    cache: CacheArgs
    chain: ChainArgs
    """A chain of prompts, of pattern 1."""
    jobs: JobsArgs
    conversations: ConversationsArgs
    fan_out: FanOutArgs
    batch: BatchArgs
    prompt: PromptArgs
    knowledge: KnowledgeArgs
    graphql: bool
    """Adds a GraphQL API to the pattern request-response; off by default."""
    tools: list[ToolArgs]
    """What models may call for an answer, through any pattern; nothing by default."""
    agent: AgentArgs
    sign_in: SignInArgs
    web_app: WebAppArgs
    network: NetworkArgs
    alarm_topic: pulumi.Input[str]
    """Where alarms go: an SNS topic's ARN on AWS. Left out, alarms only show."""
    alarms: AlarmsArgs
    spend_budget: SpendBudgetArgs
    invocation_log: InvocationLogArgs
    account_log_role: bool
    """Of the middleware, see there."""
    retain_data: bool
    """Keeps users, tables and buckets from being deleted with their content. On by default."""
    log_retention_days: int
