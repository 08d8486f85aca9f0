"""X-Ray trace headers, as Lambda makes and samples them."""

import os
import threading
import time

from pulumi_sandbox import iam
from pulumi_sandbox.aws.functions.spec import FunctionSpec

SAMPLE_SECONDS = 1.0
"""Lambda samples one request a second, and five in a hundred of the rest, which are left out here."""
_last_sample: dict[str, float] = {}
_lock = threading.Lock()


def new_root() -> str:
    """Return a trace id, e.g. ``1-674270a0-0123456789abcdef01234567``."""
    return f"1-{int(time.time()):08x}-{os.urandom(12).hex()}"


def new_parent() -> str:
    """Return a segment id."""
    return os.urandom(8).hex()


def trace_header(spec: FunctionSpec, incoming: str | None) -> str:
    """Return the header for one event, continuing the caller's trace; the caller's sampling decision holds."""
    given = dict(part.split("=", 1) for part in (incoming or "").split(";") if "=" in part)
    root = given.get("Root") or new_root()
    sampled = given.get("Sampled") or ("1" if spec.tracing and _is_due(spec) else "0")
    writes = sampled == "1" and spec.tracing and _may_write(spec)
    if not writes and "Sampled" not in given:
        sampled = "0"
    parent = new_parent() if writes else given.get("Parent") or new_parent()
    return f"Root={root};Parent={parent};Sampled={sampled}"


def _is_due(spec: FunctionSpec) -> bool:
    now = time.monotonic()
    with _lock:
        if now - _last_sample.get(spec.arn, -SAMPLE_SECONDS) < SAMPLE_SECONDS:
            return False
        _last_sample[spec.arn] = now
    return True


def _may_write(spec: FunctionSpec) -> bool:
    try:
        iam.authorize(spec.role, "xray:PutTraceSegments", "*", session_name=spec.name, region=spec.region)
    except iam.AccessDeniedError:
        return False
    return True
