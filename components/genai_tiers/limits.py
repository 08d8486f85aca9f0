"""What one request may cost and how many there may be; time-outs are computed from each other, never set apart."""

from dataclasses import dataclass

from .tenant_limits import NO_LIMITS, TenantLimits, read_tenant_limits
from .validation import Reader

GATEWAY_TIMEOUT_SECONDS = 30
"""HTTP API integrations end after 30 s, and so do AppSync's queries and mutations; neither limit can be raised."""

SECONDS_BETWEEN_TIMEOUTS = 2
"""Each caller waits this much longer than the one it calls, so that a client reads our error and not a gateway's."""

LEAST_STEP_SECONDS = 2
"""What a step of a chain needs at least: one attempt at a model, and the steps around it."""

LONGEST_FUNCTION_SECONDS = 900
"""AWS Lambda quotas."""

LONGEST_BACKGROUND_SECONDS = 870
"""Lambda ends a function after 900 s (AWS Lambda quotas); the rest is for the steps around the model."""

BACKGROUND_RETRIES = 2
"""Lambda tries an asynchronous event again at most twice."""

RETRY_WAITS_SECONDS = 60 + 2 * 60
"""One minute before the first retry and two before the second.
Source: AWS Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation"."""

QUEUE_DELIVERIES = 3
"""How often a queue delivers a job before it is a dead letter."""

QUEUE_RECEIVES = QUEUE_DELIVERIES + 1
"""How often a queue gives a job to a worker: once more than it is worked on, so that there is somebody to tell the
client when the last attempt died without a word."""

VISIBILITY_ATTEMPTS = 6
"""A message that a worker took stays hidden for this many times the worker's time-out, so that polls that Lambda
throttles do not use up its deliveries. Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS"."""

MESSAGE_BYTES = 4_096
"""What a message may have: a job's tenant and id, each at most 128 characters. The request itself is in the job."""


@dataclass(frozen=True)
class Limits:
    """What one request may cost and how many there may be."""

    max_body_bytes: int = 256 * 1024
    max_input_tokens: int = 8_000
    max_output_tokens: int = 1_024
    max_messages: int = 64
    requests_per_second: int = 50
    burst_requests: int = 100
    max_concurrency: int = 20
    max_workers: int = 10
    answer_timeout_seconds: int = 25
    background_timeout_seconds: int = 300
    tenant: TenantLimits = NO_LIMITS

    @property
    def function_timeout_seconds(self) -> int:
        """Longer than the model may take, so that the function reports the model's time-out."""
        return self.answer_timeout_seconds + SECONDS_BETWEEN_TIMEOUTS

    @property
    def gateway_timeout_seconds(self) -> int:
        """Longer than the function may take, so that the function answers and not the gateway."""
        return self.function_timeout_seconds + SECONDS_BETWEEN_TIMEOUTS

    @property
    def chain_timeout_seconds(self) -> int:
        """What all steps of a chain may take with their retries: as long as one model may where there is no chain, so
        that the function that waits for them answers inside the gateway's time-out."""
        return self.answer_timeout_seconds

    @property
    def worker_timeout_seconds(self) -> int:
        """Longer than the model may take in the background, so that the worker reports the model's time-out."""
        return self.background_timeout_seconds + SECONDS_BETWEEN_TIMEOUTS

    @property
    def worker_event_age_seconds(self) -> int:
        """How long a job is tried for: every attempt of the worker at its longest, and the waits between them."""
        return (1 + BACKGROUND_RETRIES) * self.worker_timeout_seconds + RETRY_WAITS_SECONDS

    @property
    def queue_visibility_seconds(self) -> int:
        """How long a job that a worker took is hidden from the others. A worker takes one at a time, without a batching
        window."""
        return VISIBILITY_ATTEMPTS * self.worker_timeout_seconds

    @property
    def queue_attempts_seconds(self) -> int:
        """How long a queue may take to deliver a job for the last time, workers that died without a word included."""
        return QUEUE_DELIVERIES * self.queue_visibility_seconds

    @property
    def batch_worker_timeout_seconds(self) -> int:
        """Twice as long as the model may take, so that a worker can begin lines of a batch for half of it; what is left
        another one goes on with."""
        return min(LONGEST_FUNCTION_SECONDS, 2 * self.worker_timeout_seconds)

    @property
    def batch_visibility_seconds(self) -> int:
        """How long a part of a batch that a worker took is hidden from the others."""
        return VISIBILITY_ATTEMPTS * self.batch_worker_timeout_seconds


def read_limits(reader: Reader) -> Limits:
    """The limits in the argument `limits`."""
    default = Limits()
    longest_answer = GATEWAY_TIMEOUT_SECONDS - 2 * SECONDS_BETWEEN_TIMEOUTS
    limits = Limits(
        max_body_bytes=reader.whole("max_body_bytes", default.max_body_bytes, 1_024, 4_000_000, "bytes"),
        max_input_tokens=reader.whole("max_input_tokens", default.max_input_tokens, 64, 1_000_000, "tokens"),
        max_output_tokens=reader.whole("max_output_tokens", default.max_output_tokens, 1, 64_000, "tokens"),
        max_messages=reader.whole("max_messages", default.max_messages, 1, 1_000, "messages"),
        requests_per_second=reader.whole("requests_per_second", default.requests_per_second, 1, 10_000, "requests"),
        burst_requests=reader.whole("burst_requests", default.burst_requests, 1, 5_000, "requests"),
        max_concurrency=reader.whole("max_concurrency", default.max_concurrency, 1, 10_000, "requests"),
        max_workers=reader.whole("max_workers", default.max_workers, 2, 1_000, "workers"),
        answer_timeout_seconds=reader.whole(
            "answer_timeout_seconds", default.answer_timeout_seconds, 1, longest_answer, "seconds"
        ),
        background_timeout_seconds=reader.whole(
            "background_timeout_seconds",
            default.background_timeout_seconds,
            5,
            LONGEST_BACKGROUND_SECONDS,
            "seconds",
        ),
        tenant=read_tenant_limits(reader.nested("tenant")),
    )
    reader.finish()
    return limits
