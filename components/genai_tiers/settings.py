"""Raw arguments -> immutable settings with every default filled in. Below this module no code sees a raw argument.

Bounds with a source: body and item sizes follow DynamoDB's 400 KB item (a cached answer is one item); guardrail sizes
are Amazon Bedrock's quotas, the tighter of the two clouds; `limits.py` has the limits and time-outs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from .args import BufferedRequestResponseArgs, Mfa, Modality, ParallelFanOutArgs, Pattern
from .batch_settings import Batch, read_batch
from .limits import Limits, read_limits
from .prompts import DEFAULT_PROMPT, DEFAULT_PROMPT_VERSION, prompt_problem
from .required import report_missing
from .tenant_limits import NO_OWN_LIMITS, OwnLimits, read_own_limits
from .validation import InvalidArgumentsError, Reader, unique

T = TypeVar("T")

TENANT_ID = r"tnt_[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}"


@dataclass(frozen=True)
class Model:
    """A model of the allow-list; an empty `model_id` is resolved from the catalogue, 0 context tokens, no modalities
    and a price of None likewise. Prices are in US dollars for a million tokens."""

    name: str
    model_id: str = ""
    context_tokens: int = 0
    modalities: tuple[Modality, ...] = ()
    price_input_usd: float | None = None
    price_output_usd: float | None = None


@dataclass(frozen=True)
class Tenant:
    """A tenant and the folder of its own documents, if it has one."""

    id: str
    display_name: str
    documents: str = ""
    limits: OwnLimits = NO_OWN_LIMITS


@dataclass(frozen=True)
class DeniedTopic:
    """A subject that is refused."""

    name: str
    definition: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guardrail:
    """What is refused or masked besides what always is."""

    denied_topics: tuple[DeniedTopic, ...] = ()
    blocked_words: tuple[str, ...] = ()
    blocked_message: str = "I can't help with that."


@dataclass(frozen=True)
class Prompt:
    """All versions of the prompt and the live one."""

    versions: tuple[tuple[str, str], ...] = ((DEFAULT_PROMPT_VERSION, DEFAULT_PROMPT),)
    live_version: str = DEFAULT_PROMPT_VERSION


@dataclass(frozen=True)
class Knowledge:
    """The knowledge base."""

    enabled: bool = True
    shared_documents: str = ""
    results: int = 5
    embedding_dimensions: int = 1024
    ingest_uploads: bool = True


@dataclass(frozen=True)
class FanOut:
    """Requests in parts; without modalities, there are those that the models take."""

    modalities: tuple[Modality, ...] = ()
    deadline_seconds: int = 60


@dataclass(frozen=True)
class SignIn:
    """How people sign in."""

    mfa: Mfa = Mfa.REQUIRED
    admin_sign_in: bool = False


@dataclass(frozen=True)
class WebApp:
    """The chat page and what stands before it."""

    enabled: bool = True
    domain_name: str = ""
    certificate_arn: str = ""
    firewall: bool = False
    requests_per_five_minutes: int = 1_000


@dataclass(frozen=True)
class Settings:
    """Everything a stack is made of."""

    patterns: tuple[Pattern, ...]
    models: tuple[Model, ...]
    tenants: tuple[Tenant, ...]
    limits: Limits
    guardrail: Guardrail
    cache_ttl_seconds: int
    jobs_kept_seconds: int
    batch: Batch
    prompt: Prompt
    knowledge: Knowledge
    sign_in: SignIn
    web_app: WebApp
    websocket: bool
    account_log_role: bool
    create_route: bool
    response_routes: bool
    fan_out: FanOut
    retain_data: bool
    log_retention_days: int

    @property
    def has_budgets(self) -> bool:
        """Whether any tenant has a limit of tokens or money."""
        return self.limits.tenant.has_budget or any(tenant.limits.limits.has_budget for tenant in self.tenants)

    @property
    def limits_spend(self) -> bool:
        """Whether any tenant has a limit of money."""
        own = [tenant.limits.limits.spend_usd_per_month for tenant in self.tenants]
        return any([self.limits.tenant.spend_usd_per_month, *own])


QUEUES = {
    BufferedRequestResponseArgs: Pattern.BUFFERED_REQUEST_RESPONSE,
    ParallelFanOutArgs: Pattern.PARALLEL_FAN_OUT,
}
"""Arguments of the patterns whose jobs wait in a queue -> the pattern."""


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
        models=_models(reader),
        tenants=_tenants(reader),
        limits=limits,
        guardrail=_guardrail(reader.nested("guardrail")),
        cache_ttl_seconds=_cache(reader.nested("cache")),
        jobs_kept_seconds=_jobs(reader.nested("jobs"), limits, queued=queued),
        batch=read_batch(reader.nested("batch"), TENANT_ID),
        prompt=_prompt(reader.nested("prompt")),
        knowledge=_knowledge(reader.nested("knowledge")),
        sign_in=_sign_in(reader.nested("sign_in")),
        web_app=_web_app(reader.nested("web_app")),
        websocket=reader.flag("websocket", default=False),
        account_log_role=reader.flag("account_log_role", default=False),
        create_route=reader.flag("create_route", default=True),
        response_routes=reader.flag("response_routes", default=True),
        fan_out=_fan_out(reader.nested("fan_out")),
        retain_data=reader.flag("retain_data", default=True),
        log_retention_days=_retention(reader),
    )
    report_missing(reader, kind, websocket=settings.websocket)
    reader.known = set(kind.__annotations__)
    reader.finish()
    if problems:
        raise InvalidArgumentsError(component, problems)
    return settings


def part_of(args: Mapping[str, Any], kind: type[T]) -> T:
    """The fields of `args` that another kind of arguments has too: what a component hands to one it contains."""
    return cast("T", {name: value for name, value in args.items() if name in kind.__annotations__})


def _models(reader: Reader) -> tuple[Model, ...]:
    readers = reader.many("models")
    models = tuple(
        Model(
            name=each.required_text("name", pattern=r"[a-z0-9][a-z0-9._-]{0,62}", expected="a name such as nova-lite"),
            model_id=each.text("model_id", pattern=r"[A-Za-z0-9][A-Za-z0-9.:/_@-]{2,255}", expected="a model's id"),
            context_tokens=each.whole("context_tokens", 0, 1_000, 10_000_000, "tokens"),
            modalities=_modalities(each),
            price_input_usd=_price(each, "price_input_usd"),
            price_output_usd=_price(each, "price_output_usd"),
        )
        for each in readers
    )
    _finish(readers)
    unique(reader.problems, "models", [model.name for model in models], "name")
    return models


def _price(reader: Reader, key: str) -> float | None:
    price = reader.number(key, 0, 0, 10_000, "US dollars")
    return None if reader.raw.get(key) is None else price


def _tenants(reader: Reader) -> tuple[Tenant, ...]:
    readers = reader.many("tenants")
    tenants = tuple(
        Tenant(
            id=each.required_text(
                "id",
                pattern=TENANT_ID,
                expected="a tenant id such as tnt_01jv5k8w2pe1t9h3yqz7c4m6n0;"
                " `python -m genai_runtime.ids tnt` makes one",
            ),
            display_name=each.text("display_name", longest=128),
            documents=each.text("documents"),
            limits=read_own_limits(each.nested("limits")),
        )
        for each in readers
    )
    _finish(readers)
    unique(reader.problems, "tenants", [tenant.id for tenant in tenants], "id")
    return tenants


def _guardrail(reader: Reader) -> Guardrail:
    default = Guardrail()
    readers = reader.many("denied_topics")
    topics = tuple(
        DeniedTopic(
            name=each.required_text(
                "name",
                pattern=r"[0-9a-zA-Z_ !?.-]{1,100}",
                expected="a name of 1 to 100 letters, digits, spaces and - _ ! ? .",
            ),
            definition=each.required_text("definition", longest=200),
            examples=each.texts("examples", longest=100, most=5),
        )
        for each in readers
    )
    _finish(readers)
    if len(topics) > MAX_DENIED_TOPICS:
        reader.problems.append(
            f"{reader.where('denied_topics')} has {len(topics)} topics: a guardrail takes {MAX_DENIED_TOPICS}"
        )
    unique(reader.problems, reader.where("denied_topics"), [topic.name for topic in topics], "name")
    guardrail = Guardrail(
        denied_topics=topics,
        blocked_words=reader.texts("blocked_words", longest=100, most=10_000),
        blocked_message=reader.text("blocked_message", default.blocked_message, longest=500),
    )
    reader.finish()
    return guardrail


MAX_DENIED_TOPICS = 30


def _cache(reader: Reader) -> int:
    ttl = reader.whole("ttl_seconds", 3_600, 0, 30 * 86_400, "seconds")
    reader.finish()
    return ttl


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


def _prompt(reader: Reader) -> Prompt:
    default = Prompt()
    readers = reader.many("versions")
    versions: list[tuple[str, str]] = []
    for each in readers:
        version = each.required_text(
            "version", pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", expected="a version such as 2"
        )
        text = each.required_text("text", longest=60_000)
        if text and (problem := prompt_problem(text)):
            each.problems.append(f"{each.where('text')}: {problem}")
        versions.append((version, text))
    _finish(readers)
    names = [version for version, _ in versions]
    unique(reader.problems, reader.where("versions"), names, "version")
    if not versions:
        versions, names = list(default.versions), [default.live_version]
    live = reader.text("live_version", names[-1])
    if live not in names:
        reader.say("live_version", f"expected one of the versions: {', '.join(names)}")
    reader.finish()
    return Prompt(tuple(versions), live)


def _knowledge(reader: Reader) -> Knowledge:
    default = Knowledge()
    dimensions = reader.whole("embedding_dimensions", default.embedding_dimensions, 256, 1_024, "dimensions")
    if dimensions not in EMBEDDING_DIMENSIONS:
        reader.say("embedding_dimensions", "expected 256, 512 or 1024")
    knowledge = Knowledge(
        enabled=reader.flag("enabled", default.enabled),
        shared_documents=reader.text("shared_documents"),
        results=reader.whole("results", default.results, 1, 25, "passages"),
        embedding_dimensions=dimensions,
        ingest_uploads=reader.flag("ingest_uploads", default.ingest_uploads),
    )
    reader.finish()
    return knowledge


EMBEDDING_DIMENSIONS = (256, 512, 1_024)


LONGEST_DEADLINE_SECONDS = 900
"""A queue keeps the deadline by a message that it delays, for 15 minutes at most (Amazon SQS quotas)."""


def _fan_out(reader: Reader) -> FanOut:
    deadline = FanOut().deadline_seconds
    fan_out = FanOut(
        modalities=_modalities(reader),
        deadline_seconds=reader.whole("deadline_seconds", deadline, 1, LONGEST_DEADLINE_SECONDS, "seconds"),
    )
    reader.finish()
    return fan_out


def _modalities(reader: Reader) -> tuple[Modality, ...]:
    """Those that are named; none where that is left to the catalogue."""
    named = reader.choices("modalities", tuple(Modality))
    return named if reader.raw.get("modalities") is not None else ()


def _sign_in(reader: Reader) -> SignIn:
    sign_in = SignIn(mfa=reader.choice("mfa", Mfa.REQUIRED), admin_sign_in=reader.flag("admin_sign_in", default=False))
    reader.finish()
    return sign_in


def _web_app(reader: Reader) -> WebApp:
    default = WebApp()
    web_app = WebApp(
        enabled=reader.flag("enabled", default.enabled),
        domain_name=reader.text(
            "domain_name",
            pattern=r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+",
            expected="a domain name in lower case, such as chat.example.com",
        ),
        certificate_arn=reader.text(
            "certificate_arn",
            pattern=r"arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/.+",
            expected="the ARN of a certificate in us-east-1, where CloudFront takes them from",
        ),
        firewall=reader.flag("firewall", default.firewall),
        requests_per_five_minutes=reader.whole(
            "requests_per_five_minutes", default.requests_per_five_minutes, 10, 2_000_000_000, "requests"
        ),
    )
    if bool(web_app.domain_name) != bool(web_app.certificate_arn):
        reader.problems.append(
            f"{reader.where('domain_name')} and {reader.where('certificate_arn')} go together: give both, or neither"
        )
    reader.finish()
    return web_app


LOG_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400)
"""The retentions that CloudWatch Logs offers, up to the 400 days that privacy rules allow."""


def _retention(reader: Reader) -> int:
    days = reader.whole("log_retention_days", 90, 1, 400, "days")
    if days not in LOG_RETENTION_DAYS:
        nearest = next(choice for choice in LOG_RETENTION_DAYS if choice >= days)
        reader.say("log_retention_days", f"not on offer; the next longer retention is {nearest} days")
    return days


def _finish(readers: list[Reader]) -> None:
    for each in readers:
        each.finish()
