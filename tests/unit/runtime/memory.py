"""Ports in memory, which behave as the cloud's do, and a deployment made of them."""

import base64
import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genai_runtime.core.api import respond
from genai_runtime.core.config import Config, parse_config
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.http import HttpRequest, HttpResponse
from genai_runtime.core.ports import IdempotencyKey, IdempotencyRecord, Ports, SimilarAnswer, Usage
from genai_runtime.core.request import Finish, Generation, Media, Passage, Prompt, Sampling, Verdict

TENANT = "tnt_01h455vb4pex5vsknk084sn02q"
OTHER_TENANT = "tnt_01h455vb4pex5vsknk084sn02r"

TEMPLATE = """\
[system]
Answer from the passages.
{{instructions}}
[passage]
<passage number="{{number}}" document="{{document}}">
{{passage}}
</passage>
[no_passages]
No passage was found.
[question]
{{question}}
"""

PRICE = {"input_nanousd_per_token": 60, "output_nanousd_per_token": 240}
NO_LIMITS = {"requests_per_minute": 0, "tokens_per_day": 0, "tokens_per_month": 0, "spend_nanousd_per_month": 0}

SETTINGS: dict[str, Any] = {
    "tenant_claim": "custom:tenant_id",
    "shared_tenant": "shared",
    "models": [
        {"name": "small", "model_id": "us.small-v1:0", "context_tokens": 100_000, **PRICE},
        {"name": "large", "model_id": "us.large-v1:0", "context_tokens": 200_000, **PRICE},
    ],
    "limits": {"max_body_bytes": 20_000, "max_input_tokens": 500, "max_output_tokens": 100, "max_messages": 8},
    "tenant_limits": NO_LIMITS,
    "prompt": {"name": "answer", "version": "1"},
    "tables": {"prompts": "prompts", "cache": "cache", "usage": "usage"},
    "cache_ttl_seconds": 3600,
    "semantic_cache": None,
    "guardrail": {"id": "gr1", "version": "1", "grounding": False, "images": False},
    "knowledge_base": {"id": "KB1", "results": 3},
    "model_timeout_seconds": 25,
    "jobs": None,
    "websocket_url": None,
    "worker": None,
    "fan_out": None,
    "origin_digests": None,
    "agent": None,
    "chain": None,
    "conversations": None,
}


def settings(**changes: Any) -> Config:
    return parse_config(json.dumps({**copy.deepcopy(SETTINGS), **changes}))


@dataclass
class Clock:
    """Time that passes only by sleeping, or by what ports say that they took."""

    time: float = 1_795_392_000.0  # 2026-11-23T00:00:00Z
    slept: list[float] = field(default_factory=list[float])

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def uniform(self, low: float, high: float) -> float:
        return (low + high) / 2


@dataclass
class WordGuardrail:
    """Blocks texts with "forbidden" and images that are "Zm9yYmlkZGVu", masks "secret-1234"."""

    judged: list[Sequence[str]] = field(default_factory=list[Sequence[str]])
    seen: list[Media] = field(default_factory=list[Media])

    def check_input(self, texts: Sequence[str], images: Sequence[Media] = ()) -> Verdict:
        self.judged.append(texts)
        self.seen.extend(images)
        return self._judge([*texts, *(base64.b64decode(image.data).decode("latin-1") for image in images)])

    def check_output(self, answer: str, question: str, passages: Sequence[str]) -> Verdict:
        self.judged.append([answer, question, *passages])
        return self._judge([answer])

    def _judge(self, texts: Sequence[str]) -> Verdict:
        if any("forbidden" in text for text in texts):
            return Verdict("blocked", ("That is not talked about here.",), ("topic",))
        masked = tuple(text.replace("secret-1234", "{SECRET}") for text in texts)
        if masked != tuple(texts):
            return Verdict("masked", masked, ("sensitive_information",))
        return Verdict("none", masked)


@dataclass
class Cache:
    kept: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict[tuple[str, str], tuple[str, float]])

    def get(self, tenant: str, key: str, now: float) -> str | None:
        value, expires_at = self.kept.get((tenant, key), ("", 0.0))
        return value if expires_at > now else None

    def put(self, tenant: str, key: str, value: str, expires_at: float) -> None:
        self.kept[tenant, key] = value, expires_at


@dataclass
class Similar:
    """A question's vector is its length; the longer and the shorter one are as alike as that."""

    kept: dict[tuple[str, str], tuple[str, float, float]] = field(
        default_factory=dict[tuple[str, str], tuple[str, float, float]]
    )
    embedded: list[str] = field(default_factory=list[str])

    def embed(self, question: str) -> Sequence[float]:
        self.embedded.append(question)
        return [float(len(question))]

    def nearest(self, tenant: str, context: str, vector: Sequence[float], now: float) -> SimilarAnswer | None:
        found = [
            SimilarAnswer(key, min(vector[0], length) / max(vector[0], length))
            for (owner, key), (of, length, expires_at) in self.kept.items()
            if (owner, of) == (tenant, context) and expires_at > now
        ]
        return max(found, key=lambda each: each.similarity, default=None)

    def put(self, tenant: str, key: str, context: str, vector: Sequence[float], expires_at: float) -> None:
        self.kept[tenant, key] = context, vector[0], expires_at


@dataclass
class Library:
    """Finds every passage of the tenants that shares a word with the question."""

    passages: list[Passage] = field(default_factory=list[Passage])
    asked: list[str] = field(default_factory=list[str])

    def retrieve(self, question: str, tenants: Sequence[str]) -> Sequence[Passage]:
        self.asked.append(question)
        words = set(question.lower().split())
        return [p for p in self.passages if p.tenant in tenants and words & set(p.text.lower().split())]


@dataclass
class Prompts:
    versions: dict[tuple[str, str], str]

    def load(self, name: str, version: str) -> str | None:
        return self.versions.get((name, version))


@dataclass
class EchoModel:
    """Answers with the last block, and remembers what it was given; `faults` are raised first, one a call."""

    prompts: list[Prompt] = field(default_factory=list[Prompt])
    called: list[str] = field(default_factory=list[str])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    sampling: Sampling | None = None
    faults: list[Exception] = field(default_factory=list[Exception])
    answer: Callable[[Prompt], str] = lambda prompt: f"You asked: {prompt.blocks[-1]}"
    finish: Finish = Finish.STOP
    breaks_after: int = -1
    breaks_with: BaseException = field(default_factory=lambda: StepError(Cause.UNAVAILABLE, "bedrock:x", "gone"))
    pause: Callable[[], None] = lambda: None

    def generate(
        self,
        model_id: str,
        prompt: Prompt,
        sampling: Sampling,
        labels: Mapping[str, str],
        timeout_seconds: float,
    ) -> Generation:
        assert timeout_seconds > 0
        self.called.append(model_id)
        self.labels, self.sampling = labels, sampling
        if self.faults:
            raise self.faults.pop(0)
        self.prompts.append(prompt)
        return Generation(self.answer(prompt), self.finish, 11, 7)

    def stream(
        self,
        model_id: str,
        prompt: Prompt,
        sampling: Sampling,
        labels: Mapping[str, str],
        timeout_seconds: float,
        on_text: Callable[[str], None],
    ) -> Generation:
        whole = self.generate(model_id, prompt, sampling, labels, timeout_seconds)
        for number, word in enumerate(whole.text.split(" ")):
            if number == self.breaks_after:
                raise self.breaks_with
            on_text(f" {word}" if number else word)
            self.pause()
        return whole


@dataclass
class Ledger:
    used: list[Usage] = field(default_factory=list[Usage])

    def record(self, usage: Usage) -> None:
        self.used.append(usage)


class Unlimited:
    """Tenants without limits, of their own or of all; asked for anything else it fails."""

    def overrides(self, tenant: str, now: float) -> Mapping[str, int]:  # noqa: ARG002  # a port's signature
        return {}


@dataclass
class Claims:
    claims: dict[IdempotencyKey, tuple[str, str, str | None, float]] = field(
        default_factory=dict[IdempotencyKey, tuple[str, str, str | None, float]]
    )

    def begin(
        self, key: IdempotencyKey, fingerprint: str, owner: str, now: float, expires_at: float
    ) -> IdempotencyRecord | None:
        mark, _, response, until = self.claims.get(key, ("", "", None, 0.0))
        if until > now:
            return IdempotencyRecord(mark, response)
        self.claims[key] = fingerprint, owner, None, expires_at
        return None

    def finish(self, key: IdempotencyKey, fingerprint: str, owner: str, response: str, expires_at: float) -> None:
        if self.claims[key][1] == owner:
            self.claims[key] = fingerprint, owner, response, expires_at

    def release(self, key: IdempotencyKey, owner: str) -> None:
        if self.claims[key][1] == owner:
            del self.claims[key]


@dataclass
class Log:
    records: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])

    def write(self, record: Mapping[str, Any]) -> None:
        self.records.append(record)


class Failing:
    """A port of which every call fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_: Any, **__: Any) -> Any:
            raise self.error

        return fail


@dataclass
class Deployment:
    """A deployment in memory; replace a port to see what its failure does."""

    config: Config = field(default_factory=settings)
    clock: Clock = field(default_factory=Clock)
    guardrail: Any = field(default_factory=WordGuardrail)
    cache: Any = field(default_factory=Cache)
    similar: Any = None
    library: Any = field(default_factory=Library)
    prompts: Any = field(default_factory=lambda: Prompts({("answer", "1"): TEMPLATE}))
    model: Any = field(default_factory=EchoModel)
    ledger: Any = field(default_factory=Ledger)
    budgets: Any = field(default_factory=Unlimited)
    idempotency: Any = field(default_factory=Claims)
    tools: Any = None
    log: Log = field(default_factory=Log)
    conversations: Any = None

    @property
    def ports(self) -> Ports:
        return Ports(
            guardrail=self.guardrail,
            cache=self.cache,
            similar=self.similar,
            retriever=self.library,
            prompts=self.prompts,
            model=self.model,
            usage=self.ledger,
            budgets=self.budgets,
            idempotency=self.idempotency,
            clock=self.clock,
            log=self.log,
            tools=self.tools,
            conversations=self.conversations,
        )

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        claims: Mapping[str, object] | None = None,
        seconds: float = 27.0,
    ) -> HttpResponse:
        verified = {"sub": "user-1", "custom:tenant_id": TENANT} if claims is None else claims
        request = HttpRequest(method, path, headers or {}, body, verified)
        return respond(request, self.config, self.ports, self.clock.monotonic() + seconds)

    def chat(self, body: Any, **more: Any) -> HttpResponse:
        return self.send("POST", "/v1/chat/completions", json.dumps(body).encode(), **more)

    def responses(self, body: Any, **more: Any) -> HttpResponse:
        return self.send("POST", "/v1/responses", json.dumps(body).encode(), **more)

    def ask(self, question: str, *, tenant: str = TENANT, **more: Any) -> HttpResponse:
        claims = {"sub": "user-1", "custom:tenant_id": tenant}
        return self.chat({"messages": [{"role": "user", "content": question}]}, claims=claims, **more)


def content(response: HttpResponse) -> str:
    assert response.status == 200, response.body
    return json.loads(response.body)["choices"][0]["message"]["content"]


def error(response: HttpResponse) -> dict[str, Any]:
    assert response.status >= 400, response.body
    return json.loads(response.body)["error"]
