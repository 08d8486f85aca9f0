"""Raw arguments -> immutable settings with every default filled in. Below this module no code sees a raw argument.

Each subject has its module; a bound with a source names it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from .alarm_settings import Alarms, read_alarms
from .args import (
    AsyncRequestResponseArgs,
    BatchProcessingArgs,
    BufferedRequestResponseArgs,
    ParallelFanOutArgs,
    Pattern,
    RequestResponseArgs,
    StreamingResponseArgs,
)
from .batch_settings import Batch, read_batch
from .cache_settings import Cache, read_cache
from .chain_settings import Chain, read_chain
from .conversation_settings import Conversations, read_conversations
from .fan_out_settings import FanOut, read_fan_out
from .frontend_settings import SignIn, WebApp, read_sign_in, read_web_app
from .guardrail_settings import Guardrail, read_guardrail
from .knowledge_settings import Knowledge, read_knowledge
from .limits import Limits, read_limits
from .model_settings import Model, read_models
from .network_settings import Network, read_network
from .prompt_settings import Prompt, read_prompt
from .required import report_missing
from .spend_settings import InvocationLog, SpendBudget, read_invocation_log, read_spend_budget
from .tenant_settings import TENANT_ID, Tenant, read_tenants
from .tool_settings import Agent, Tool, read_agent, read_tools
from .validation import InvalidArgumentsError, Reader

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """Everything a stack is made of."""

    patterns: tuple[Pattern, ...]
    models: tuple[Model, ...]
    tenants: tuple[Tenant, ...]
    limits: Limits
    guardrail: Guardrail
    cache: Cache
    chain: Chain
    jobs_kept_seconds: int
    conversations: Conversations
    batch: Batch
    prompt: Prompt
    knowledge: Knowledge
    sign_in: SignIn
    web_app: WebApp
    network: Network
    websocket: bool
    graphql: bool
    account_log_role: bool
    create_route: bool
    response_routes: bool
    fan_out: FanOut
    tools: tuple[Tool, ...]
    agent: Agent
    retain_data: bool
    alarms: Alarms
    spend_budget: SpendBudget
    invocation_log: InvocationLog
    log_retention_days: int

    @property
    def keeps_conversations(self) -> bool:
        """Whether any pattern keeps answers."""
        return self.conversations.enabled and not KEEP_ANSWERS.isdisjoint(self.patterns)

    @property
    def has_budgets(self) -> bool:
        """Whether any tenant has a limit of tokens or money."""
        return self.limits.tenant.has_budget or any(tenant.limits.limits.has_budget for tenant in self.tenants)

    @property
    def limits_spend(self) -> bool:
        """Whether any tenant has a limit of money."""
        own = [tenant.limits.limits.spend_usd_per_month for tenant in self.tenants]
        return any([self.limits.tenant.spend_usd_per_month, *own])


KEEP_ANSWERS = frozenset(Pattern) - {Pattern.PARALLEL_FAN_OUT, Pattern.BATCH_PROCESSING}
"""Patterns that keep answers, and go on from those that are kept."""

QUEUES = {
    BufferedRequestResponseArgs: Pattern.BUFFERED_REQUEST_RESPONSE,
    ParallelFanOutArgs: Pattern.PARALLEL_FAN_OUT,
}
"""Arguments of the patterns whose jobs wait in a queue -> the pattern."""

ALONE = {
    RequestResponseArgs: (Pattern.REQUEST_RESPONSE,),
    AsyncRequestResponseArgs: (Pattern.ASYNC_REQUEST_RESPONSE,),
    StreamingResponseArgs: (Pattern.STREAMING_RESPONSE,),
    BatchProcessingArgs: (Pattern.BATCH_PROCESSING,),
    **{kind: (pattern,) for kind, pattern in QUEUES.items()},
}
"""Arguments of a pattern -> the patterns that are deployed with them."""


def read_settings(component: str, args: Any, kind: type[Any]) -> Settings:
    """The settings in a component's arguments, which are of this `kind` (a typed dictionary); what the kind has no
    field for takes its default. Outputs of other components among them only have to be there: they have no value yet.

    Raises `InvalidArgumentsError` with every mistake, before anything is created.
    """
    problems: list[str] = []
    reader = Reader.of(args, "", problems)
    limits = read_limits(reader.nested("limits"))
    patterns = reader.choices("patterns", tuple(Pattern))
    queued = kind in QUEUES or ("patterns" in kind.__annotations__ and not set(QUEUES.values()).isdisjoint(patterns))
    settings = Settings(
        patterns=patterns,
        models=read_models(reader),
        tenants=read_tenants(reader),
        limits=limits,
        guardrail=read_guardrail(reader.nested("guardrail")),
        cache=read_cache(reader.nested("cache")),
        chain=read_chain(reader.nested("chain"), limits if "limits" in kind.__annotations__ else None),
        jobs_kept_seconds=_jobs(reader.nested("jobs"), limits, queued=queued),
        conversations=read_conversations(reader.nested("conversations")),
        batch=read_batch(reader.nested("batch"), TENANT_ID),
        prompt=read_prompt(reader.nested("prompt")),
        knowledge=read_knowledge(reader.nested("knowledge")),
        sign_in=read_sign_in(reader.nested("sign_in")),
        web_app=read_web_app(reader.nested("web_app")),
        network=read_network(reader.nested("network"), ALONE.get(kind, patterns)),
        websocket=reader.flag("websocket", default=False),
        graphql=reader.flag("graphql", default=False),
        account_log_role=reader.flag("account_log_role", default=False),
        create_route=reader.flag("create_route", default=True),
        response_routes=reader.flag("response_routes", default=True),
        fan_out=read_fan_out(reader.nested("fan_out")),
        tools=read_tools(reader),
        agent=read_agent(reader.nested("agent")),
        retain_data=reader.flag("retain_data", default=True),
        alarms=read_alarms(reader.nested("alarms"), reader.raw.get("alarm_topic")),
        spend_budget=read_spend_budget(reader.nested("spend_budget"), reader.raw.get("alarm_topic")),
        invocation_log=read_invocation_log(reader.nested("invocation_log")),
        log_retention_days=_retention(reader),
    )
    report_missing(
        reader,
        kind,
        websocket=settings.websocket,
        graphql=settings.graphql,
        semantic_cache=settings.cache.semantic,
        chain=bool(settings.chain.steps),
    )
    if settings.graphql and Pattern.REQUEST_RESPONSE not in settings.patterns:
        reader.say("graphql", f"it is answered by the pattern {Pattern.REQUEST_RESPONSE}; add that to patterns")
    reader.known = set(kind.__annotations__)
    reader.finish()
    if problems:
        raise InvalidArgumentsError(component, problems)
    return settings


def part_of(args: Mapping[str, Any], kind: type[T]) -> T:
    """The fields of `args` that another kind of arguments has too: what a component hands to one it contains."""
    return cast("T", {name: value for name, value in args.items() if name in kind.__annotations__})


def _jobs(reader: Reader, limits: Limits, *, queued: bool) -> int:
    kept = reader.whole("kept_seconds", 86_400, 300, 7 * 86_400, "seconds")
    longest = max(limits.worker_event_age_seconds, limits.queue_attempts_seconds if queued else 0)
    if kept < longest:
        reader.say(
            "kept_seconds",
            f"with limits.background_timeout_seconds {limits.background_timeout_seconds}, a job and its retries take up"
            f" to {longest} seconds; keep jobs at least as long, or lower that limit",
        )
    reader.finish()
    return kept


LOG_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400)
"""The retentions that CloudWatch Logs offers, up to the 400 days that privacy rules allow."""


def _retention(reader: Reader) -> int:
    days = reader.whole("log_retention_days", 90, 1, 400, "days")
    if days not in LOG_RETENTION_DAYS:
        nearest = next(choice for choice in LOG_RETENTION_DAYS if choice >= days)
        reader.say("log_retention_days", f"not on offer; the next longer retention is {nearest} days")
    return days
