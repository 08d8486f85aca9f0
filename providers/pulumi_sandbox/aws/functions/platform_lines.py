"""The lines that Lambda itself writes around an event: START, END and REPORT, as text or as JSON."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from pulumi_sandbox.aws.functions.spec import FunctionSpec

_LEVELS = {"DEBUG": 0, "INFO": 1, "WARN": 2}


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured about one event. ``error_type`` is None unless the event ended the worker or failed."""

    request_id: str
    duration_ms: float
    init_ms: float | None
    peak_bytes: int
    status: str
    """``success``, ``error``, ``failure`` or ``timeout``."""
    error_type: str | None = None
    trace_header: str | None = None


def iso_time(seconds: float) -> str:
    """Return UTC with milliseconds, e.g. ``2026-11-24T00:10:00.123Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _record(now: float, kind: str, record: dict[str, object]) -> str:
    return json.dumps({"time": iso_time(now), "type": kind, "record": record}, separators=(",", ":"))


def _shown(spec: FunctionSpec, level: str) -> bool:
    return _LEVELS[level] >= _LEVELS.get(spec.system_log_level, 1)


def init_start(spec: FunctionSpec, now: float, host_version: str) -> list[str]:
    """Return the first lines of a worker. ``host_version`` is of the interpreter that really runs."""
    if not _shown(spec, "INFO"):
        return []
    if spec.log_format == "JSON":
        record: dict[str, object] = {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": f"{spec.runtime} on CPython {host_version}",
            "functionName": spec.name,
            "functionVersion": spec.version,
        }
        return [_record(now, "platform.initStart", record)]
    return [f"INIT_START Runtime Version: {spec.runtime} on CPython {host_version}"]


def start(spec: FunctionSpec, now: float, request_id: str) -> list[str]:
    """Return what comes before an event's own lines."""
    if not _shown(spec, "INFO"):
        return []
    if spec.log_format == "JSON":
        return [_record(now, "platform.start", {"requestId": request_id, "version": spec.version})]
    return [f"START RequestId: {request_id} Version: {spec.version}"]


def end(spec: FunctionSpec, now: float, report: Report) -> list[str]:
    """Return what comes after an event's own lines."""
    if not _shown(spec, "INFO" if report.status == "success" else "WARN"):
        return []
    peak_mb = min(math.ceil(report.peak_bytes / 2**20), spec.memory_mb)
    if spec.log_format == "JSON":
        metrics: dict[str, object] = {
            "durationMs": round(report.duration_ms, 3),
            "billedDurationMs": _billed_ms(report),
            "memorySizeMB": spec.memory_mb,
            "maxMemoryUsedMB": peak_mb,
        }
        if report.init_ms is not None:
            metrics["initDurationMs"] = round(report.init_ms, 3)
        record: dict[str, object] = {"requestId": report.request_id, "metrics": metrics, "status": report.status}
        if report.error_type:
            record["errorType"] = report.error_type
        if report.trace_header:
            record["tracing"] = {"type": "X-Amzn-Trace-Id", "value": report.trace_header}
        return [_record(now, "platform.report", record)]
    parts = [
        f"REPORT RequestId: {report.request_id}",
        f"Duration: {report.duration_ms:.2f} ms",
        f"Billed Duration: {_billed_ms(report)} ms",
        f"Memory Size: {spec.memory_mb} MB",
        f"Max Memory Used: {peak_mb} MB",
    ]
    if report.init_ms is not None:
        parts.append(f"Init Duration: {report.init_ms:.2f} ms")
    if report.status in ("timeout", "error"):
        parts.append(f"Status: {report.status}")
    if report.status == "error" and report.error_type:
        parts.append(f"Error Type: {report.error_type}")
    lines = [f"END RequestId: {report.request_id}", "\t".join(parts) + "\t"]
    if report.trace_header:
        root = report.trace_header.split(";")[0].removeprefix("Root=")
        lines[1] += f"\nXRAY TraceId: {root}\tSampled: true"
    return lines


def _billed_ms(report: Report) -> int:
    return math.ceil(report.duration_ms + (report.init_ms or 0))
