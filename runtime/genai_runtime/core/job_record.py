"""The log record of one attempt at a job."""

from typing import Any

from genai_runtime.core.jobs import Job
from genai_runtime.core.ports import Clock
from genai_runtime.core.steps import Steps


def job_record(event: str, job: Job, steps: Steps, clock: Clock, start: float, status: int) -> dict[str, Any]:
    """Return what every attempt says of itself; `start` is in monotonic seconds."""
    elapsed = round((clock.monotonic() - start) * 1000, 2)
    return {
        "event": event,
        "level": "ERROR" if status >= 500 else "INFO",
        "request_id": job.trace.request_id,
        "trace_id": job.trace.trace_id,
        "tenant": job.key.tenant,
        "response_id": job.key.id,
        "attempt": job.attempts,
        "waited_ms": round((clock.now() - job.created_at) * 1000 - elapsed),
        "status": status,
        "total_ms": elapsed,
        "steps_ms": steps.taken_ms,
        **({"tolerated": steps.tolerated} if steps.tolerated else {}),
        **steps.measured,
    }
