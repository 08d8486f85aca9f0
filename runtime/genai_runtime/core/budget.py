"""The limits of a tenant: requests per minute, and tokens and money per day and month, with a hard stop.

The most that a model call can use is held before the call and what it did use is booked after it, so requests at the
same time cannot overrun a budget together. What a function that died held comes back when the hold expires.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from genai_runtime.core.config import ModelChoice, TenantLimits
from genai_runtime.core.errors import Cause, RefusalError, StepError, refusal
from genai_runtime.core.ports import Hold, Spent
from genai_runtime.core.request import Generation, Prompt, PromptRequest
from genai_runtime.core.run import Run

MARGIN_SECONDS: Final = 60
"""How long a hold outlives the time that its request has."""
FRAME_TOKENS: Final = 64
"""What a vendor's chat template may add around the messages."""
NANOUSD_PER_USD: Final = 1_000_000_000


def count_request(run: Run) -> TenantLimits:
    """Count a request of the caller's tenant, and return the tenant's limits.

    Raises:
        RefusalError: the tenant has had its requests of this minute.
    """
    budgets, tenant, now = run.ports.budgets, run.caller.tenant, run.ports.clock.now()
    limits = replace(run.config.tenant_limits, **budgets.overrides(tenant, run.ports.clock.monotonic()))
    most = limits.requests_per_minute
    if most and run.counted and not budgets.count(tenant, int(now // 60), most):
        seconds = max(1, 60 - int(now % 60))
        raise refusal(
            "rate_limit_exceeded",
            f"Your organisation has sent its {most} requests of this minute; limit: {most} requests per minute. It"
            f" resets in {seconds} seconds.",
            retry_after=seconds,
        )
    return limits


@dataclass
class Booking:
    """What a model call has used: of which model, and what; None until it is known."""

    model: str = ""
    generation: Generation | None = None

    def book(self, model: str, generation: Generation) -> None:
        """Say what the call has used."""
        self.model, self.generation = model, generation


@contextmanager
def within_budget(run: Run, limits: TenantLimits, request: PromptRequest, prompt: Prompt) -> Generator[Booking]:
    """Hold the most that the call inside can use, and book what it says that it used.

    A call whose use is not known is booked as the most that it can have used, unless a service failed, which is free.

    Raises:
        RefusalError: a budget has not enough left.
    """
    booking = Booking()
    if not (limits.tokens_per_day or limits.tokens_per_month or limits.spend_nanousd_per_month):
        yield booking
        return
    hold = _hold(run, request, prompt)
    with run.steps.step("budget"):
        spent, granted = run.ports.budgets.hold(run.caller.tenant, hold, limits)
    run.steps.measured["budget_used_percent"] = _percent(limits, spent)
    if not granted:
        raise _refusal(limits, spent, hold)
    used = Spent(hold.tokens, hold.tokens, hold.nanousd)
    try:
        yield booking
    except StepError:
        used = Spent(0, 0, 0)
        raise
    finally:
        if booking.generation is not None:
            used = _used(run.config.models, booking.model, booking.generation)
        _settle(run, hold, used)


def _hold(run: Run, request: PromptRequest, prompt: Prompt) -> Hold:
    # No tokenizer makes more tokens than a text has bytes.
    most_input = sum(len(text.encode()) for text in _texts(prompt)) + FRAME_TOKENS
    most_output = request.sampling.max_tokens
    now = run.ports.clock.now()
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    return Hold(
        id=uuid4().hex,
        day=day,
        tokens=most_input + most_output,
        nanousd=max(_nanousd(model, most_input, most_output) for model in run.config.models),
        now=now,
        expires_at=now + max(0.0, run.deadline - run.ports.clock.monotonic()) + MARGIN_SECONDS,
    )


def _texts(prompt: Prompt) -> Iterator[str]:
    yield from (prompt.system, *prompt.blocks)
    for message in (*prompt.history, *prompt.turns):
        yield message.text
        for call in message.calls:
            yield call.name + call.arguments
        yield from (result.text for result in message.results)
    for tool in prompt.tools:
        yield tool.name + tool.description + tool.parameters


def _nanousd(model: ModelChoice, input_tokens: int, output_tokens: int) -> int:
    return input_tokens * model.input_nanousd_per_token + output_tokens * model.output_nanousd_per_token


def _used(models: Sequence[ModelChoice], name: str, generation: Generation) -> Spent:
    model = next(model for model in models if model.name == name)
    tokens = generation.input_tokens + generation.output_tokens
    return Spent(tokens, tokens, _nanousd(model, generation.input_tokens, generation.output_tokens))


def _settle(run: Run, hold: Hold, used: Spent) -> None:
    try:
        with run.steps.step("budget"):
            run.ports.budgets.settle(run.caller.tenant, hold, used)
    except StepError as error:
        # The answer is there, and the hold stands until it expires.
        if error.cause is Cause.DENIED:
            raise
        run.steps.tolerated["budget"] = str(error)


def _budgets(limits: TenantLimits, spent: Spent) -> list[tuple[int, int]]:
    """Limit and use of every budget that the tenant has."""
    pairs = [
        (limits.tokens_per_day, spent.tokens_of_day),
        (limits.tokens_per_month, spent.tokens_of_month),
        (limits.spend_nanousd_per_month, spent.nanousd_of_month),
    ]
    return [(limit, used) for limit, used in pairs if limit]


def _percent(limits: TenantLimits, spent: Spent) -> float:
    return round(max(100 * used / limit for limit, used in _budgets(limits, spent)), 1)


def _refusal(limits: TenantLimits, spent: Spent, hold: Hold) -> RefusalError:
    day = datetime.fromisoformat(hold.day).replace(tzinfo=UTC)
    tomorrow = day + timedelta(days=1)
    next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    budgets = (
        ("tokens_per_day", limits.tokens_per_day, spent.tokens_of_day, hold.tokens, tomorrow),
        ("tokens_per_month", limits.tokens_per_month, spent.tokens_of_month, hold.tokens, next_month),
        (
            "spend_usd_per_month",
            limits.spend_nanousd_per_month,
            spent.nanousd_of_month,
            hold.nanousd,
            next_month,
        ),
    )
    name, limit, used, needed, reset = next(
        budget for budget in budgets if budget[1] and budget[2] + budget[3] > budget[1]
    )
    unit = "US dollars" if name == "spend_usd_per_month" else "tokens"
    limit_text, used_text, needed_text = (_amount(value, unit) for value in (limit, used, needed))
    return refusal(
        "insufficient_quota",
        f"Your organisation's budget {name} is used up: limit {limit_text}, used or held {used_text}, and this request"
        f" can take up to {needed_text} {unit}. It resets at {reset:%Y-%m-%dT%H:%M:%SZ}; an operator can raise it.",
        retry_after=max(1, int(reset.timestamp() - hold.now)),
    )


def _amount(value: int, unit: str) -> str:
    return f"{value / NANOUSD_PER_USD:.6f}" if unit == "US dollars" else str(value)
