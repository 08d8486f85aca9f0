"""What the executor needs to know of a function, read once from moto's model of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LATEST = "$LATEST"


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One version of a function. Equal specs can share workers; any change of code or configuration differs."""

    name: str
    arn: str
    """Without a qualifier."""
    version: str
    account: str
    region: str
    handler: str
    runtime: str
    role: str
    memory_mb: int
    timeout_seconds: int
    environment: tuple[tuple[str, str], ...]
    code_sha256: str
    layer_arns: tuple[str, ...]
    log_group: str
    log_format: str
    """``Text`` or ``JSON``."""
    application_log_level: str
    """Empty unless the format is JSON."""
    system_log_level: str
    tracing: bool


def read_spec(function: Any) -> FunctionSpec:
    """Return the spec of a moto ``LambdaFunction``; hold moto's state while calling."""
    version = str(function.version)
    arn: str = function.function_arn
    logging: Mapping[str, str] = getattr(function, "logging_config", None) or {}
    json_logs = logging.get("LogFormat") == "JSON"
    return FunctionSpec(
        name=function.function_name,
        arn=":".join(arn.split(":")[:7]),
        # Moto numbers a function that was never published 1 as well.
        version=version if arn.endswith(f":{version}") else LATEST,
        account=function.account_id,
        region=function.region,
        handler=function.handler or "",
        runtime=function.run_time or "",
        role=function.role,
        memory_mb=int(function.memory_size),
        timeout_seconds=int(function.timeout),
        environment=tuple(sorted((name, str(value)) for name, value in (function.environment_vars or {}).items())),
        code_sha256=function.code_sha_256,
        layer_arns=tuple(layer["Arn"] for layer in function.layers),
        log_group=logging.get("LogGroup") or f"/aws/lambda/{function.function_name}",
        log_format="JSON" if json_logs else "Text",
        application_log_level=logging.get("ApplicationLogLevel", "INFO") if json_logs else "",
        system_log_level=logging.get("SystemLogLevel", "INFO") if json_logs else "INFO",
        tracing=(function.tracing_config or {}).get("Mode") == "Active",
    )
