"""What the pipeline needs of a cloud.

Adapters raise `StepError` for every failure of the service beneath them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from genai_runtime.core.config import TenantLimits
from genai_runtime.core.conversations.store import ConversationStore
from genai_runtime.core.request import Generation, Media, Passage, Prompt, Sampling, Verdict
from genai_runtime.core.tools import Tool


class Guardrail(Protocol):
    """Judges texts before a model reads them and before a client reads the answer."""

    def check_input(self, texts: Sequence[str], images: Sequence[Media] = ()) -> Verdict:
        """Judge what the client wrote, and images of it; the verdict has as many texts as were given, unless it
        blocks."""
        ...

    def check_output(self, answer: str, question: str, passages: Sequence[str]) -> Verdict:
        """Judge an answer, and whether the passages bear it out; the verdict has one text."""
        ...


class ResponseCache(Protocol):
    """Keeps answers of a tenant for a time; an expired entry is never returned."""

    def get(self, tenant: str, key: str, now: float) -> str | None:
        """Return what is kept, or None; `now` is in seconds since the epoch."""
        ...

    def put(self, tenant: str, key: str, value: str, expires_at: float) -> None:
        """Keep `value` until `expires_at`, seconds since the epoch."""
        ...


@dataclass(frozen=True)
class SimilarAnswer:
    """A question that was found by its meaning: the key of its cached answer, and the cosine of the two vectors."""

    key: str
    similarity: float


class SimilarQuestions(Protocol):
    """Finds questions of a tenant that have a cached answer by their meaning.

    A `context` is what questions must have in common besides; an expired question is never found.
    """

    def embed(self, question: str) -> Sequence[float]:
        """Return the vector of a question."""
        ...

    def nearest(self, tenant: str, context: str, vector: Sequence[float], now: float) -> SimilarAnswer | None:
        """Return the tenant's question of this context that is nearest; `now` is in seconds since the epoch."""
        ...

    def put(self, tenant: str, key: str, context: str, vector: Sequence[float], expires_at: float) -> None:
        """Let a question be found, whose answer the cache has at `key`, until `expires_at`."""
        ...


class Retriever(Protocol):
    """Finds passages in documents."""

    def retrieve(self, question: str, tenants: Sequence[str]) -> Sequence[Passage]:
        """Return passages for the question, best first, of the documents of `tenants` and of no others."""
        ...


class PromptStore(Protocol):
    """Holds versions of prompt templates; a version never changes."""

    def load(self, name: str, version: str) -> str | None:
        """Return the template's text, or None when there is no such version."""
        ...


class Model(Protocol):
    """Generates text."""

    def generate(
        self,
        model_id: str,
        prompt: Prompt,
        sampling: Sampling,
        labels: Mapping[str, str],
        timeout_seconds: float,
    ) -> Generation:
        """Return what the model generates, or fail after `timeout_seconds`.

        `labels` go to the cloud's own log of model calls.
        """
        ...

    def stream(
        self,
        model_id: str,
        prompt: Prompt,
        sampling: Sampling,
        labels: Mapping[str, str],
        timeout_seconds: float,
        on_text: Callable[[str], None],
    ) -> Generation:
        """As `generate`, and hand the text over to `on_text` as it comes; what `on_text` raises ends the call."""
        ...


@dataclass(frozen=True)
class DeclaredTool:
    """A tool of the deployment. An answer that it helped with may be kept if it is `cacheable`."""

    tool: Tool
    timeout_seconds: int
    cacheable: bool


@dataclass(frozen=True)
class Invocation:
    """A call of a tool, for a caller whose tenant and user are those of verified claims, whatever the model says."""

    tool: str
    tenant: str
    user: str
    request_id: str
    trace_id: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class ToolReturn:
    """What came of a call: the text that the tool gave back, or the tool's own words on why it failed.

    `failure` is empty, "error" when the tool says itself that it failed, "crashed", "timeout", "busy" or "unavailable".
    """

    text: str
    failure: str
    duration_ms: int


class Tools(Protocol):
    """The tools of the deployment."""

    @property
    def declared(self) -> Sequence[DeclaredTool]:
        """What there is."""
        ...

    def invoke(self, calls: Sequence[Invocation], timeout_seconds: float) -> Sequence[ToolReturn]:
        """Make the calls next to each other, each once, and return what came of them, in their order. Each may take its
        tool's time, and all of them `timeout_seconds`.

        Raises:
            StepError: a permission is missing.
        """
        ...


@dataclass(frozen=True)
class Usage:
    """What one request used. `day` is a UTC date, "2026-11-23"; `model` is the name that clients use."""

    tenant: str
    day: str
    model: str
    input_tokens: int
    output_tokens: int
    cached: bool
    blocked: bool


class UsageLedger(Protocol):
    """Adds up usage by tenant, day and model."""

    def record(self, usage: Usage) -> None:
        """Add one request."""
        ...


@dataclass(frozen=True)
class Spent:
    """Tokens of a day and of its month, and money of the month in billionths of a US dollar, holds included."""

    tokens_of_day: int
    tokens_of_month: int
    nanousd_of_month: int


@dataclass(frozen=True)
class Hold:
    """What a request of a UTC day may take of its tenant's budgets at most. Times are in seconds since the epoch."""

    id: str
    day: str
    tokens: int
    nanousd: int
    now: float
    expires_at: float


class Budgets(Protocol):
    """Keeps tenants inside their limits, however many requests come at the same time."""

    def overrides(self, tenant: str, now: float) -> Mapping[str, int]:
        """Return the limits that are the tenant's own, by their names; `now` is in monotonic seconds."""
        ...

    def count(self, tenant: str, minute: int, most: int) -> bool:
        """Count a request of a minute since the epoch, or return False when there were `most` already."""
        ...

    def hold(self, tenant: str, hold: Hold, limits: TenantLimits) -> tuple[Spent, bool]:
        """Hold what a request may take if every budget has it; return what is spent or held, and whether."""
        ...

    def settle(self, tenant: str, hold: Hold, used: Spent) -> None:
        """Book what was used in place of the hold, which may have expired."""
        ...


@dataclass(frozen=True)
class IdempotencyKey:
    """A client's `Idempotency-Key`, which means something for one user of one tenant only."""

    tenant: str
    user: str
    key: str


@dataclass(frozen=True)
class IdempotencyRecord:
    """A request that was begun: what it was, and its response once there is one."""

    fingerprint: str
    response: str | None


class IdempotencyStore(Protocol):
    """Remembers requests by their idempotency key."""

    def begin(
        self, key: IdempotencyKey, fingerprint: str, owner: str, now: float, expires_at: float
    ) -> IdempotencyRecord | None:
        """Claim the key for the request `owner` until `expires_at`, or return the claim in force."""
        ...

    def finish(self, key: IdempotencyKey, fingerprint: str, owner: str, response: str, expires_at: float) -> None:
        """Keep the response until `expires_at`, if `owner` still holds the claim."""
        ...

    def release(self, key: IdempotencyKey, owner: str) -> None:
        """Give the claim up, if `owner` still holds it, so that the request can be sent again."""
        ...


class Clock(Protocol):
    """Time and chance, so that tests can decide both."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """Return a random number between `low` and `high`."""
        ...


class RequestLog(Protocol):
    """Takes one record a request. Records never hold the text of a prompt, an answer or a document."""

    def write(self, record: Mapping[str, Any]) -> None:
        """Write one record."""
        ...


@dataclass(frozen=True)
class Ports:
    """The cloud as the pipeline sees it; None for a part that the deployment does not have."""

    guardrail: Guardrail | None
    cache: ResponseCache | None
    similar: SimilarQuestions | None
    retriever: Retriever | None
    prompts: PromptStore
    model: Model
    usage: UsageLedger
    budgets: Budgets
    idempotency: IdempotencyStore
    clock: Clock
    log: RequestLog
    tools: Tools | None = None
    conversations: ConversationStore | None = None
