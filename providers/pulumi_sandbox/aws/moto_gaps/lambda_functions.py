"""Settings of Lambda functions that moto forgets at creation, or does not change in an update."""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import wrap

# API member -> attribute of moto's function; moto has none of these.
_KEPT = {
    "DeadLetterConfig": "dead_letter_config",
    "DurableConfig": "durable_config",
    "FileSystemConfigs": "file_system_configs",
    "LoggingConfig": "logging_config",
    "SnapStart": "snap_start",
    "TenancyConfig": "tenancy_config",
}


def _logging(function: Any, given: Mapping[str, str] | None) -> dict[str, str]:
    """Fill a logging configuration with the service's defaults."""
    config = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}", **(given or {})}
    if config["LogFormat"] == "JSON":
        config = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **config}
    return config


def _keep(function: Any, given: Mapping[str, Any]) -> None:
    for member, attribute in _KEPT.items():
        if member in given:
            setattr(function, attribute, given[member])
    function.logging_config = _logging(function, getattr(function, "logging_config", None))
    function.logs_group_name = function.logging_config["LogGroup"]


def _created(original: Callable[..., None], function: Any, *arguments: Any, **named: Any) -> None:
    original(function, *arguments, **named)
    spec: Mapping[str, Any] = named.get("spec") or arguments[1]
    _keep(function, spec)


def _updated(original: Callable[..., Any], function: Any, config_updates: dict[str, Any]) -> Any:
    from moto.awslambda.models import ImageConfig
    from moto.core.utils import iso_8601_datetime_with_nanoseconds

    original(function, config_updates)
    if "LoggingConfig" in config_updates:
        # The service replaces the whole of it, so the defaults are filled anew.
        function.logging_config = _logging(function, config_updates["LoggingConfig"])
    _keep(function, {name: value for name, value in config_updates.items() if name != "LoggingConfig"})
    if "TracingConfig" in config_updates:
        function.tracing_config = config_updates["TracingConfig"]
    if "EphemeralStorage" in config_updates:
        function.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
    if "KMSKeyArn" in config_updates:
        function.kms_key_arn = config_updates["KMSKeyArn"] or None
    if "ImageConfig" in config_updates:
        function.image_config = ImageConfig(config_updates["ImageConfig"])
    function.last_modified = iso_8601_datetime_with_nanoseconds()
    return function.get_configuration()


def _code_updated(original: Callable[..., Any], function: Any, updated_spec: dict[str, Any]) -> Any:
    from moto.core.utils import iso_8601_datetime_with_nanoseconds

    original(function, updated_spec)
    if updated_spec.get("Architectures"):
        function.architectures = updated_spec["Architectures"]
    function.last_modified = iso_8601_datetime_with_nanoseconds()
    return function.get_configuration()


def _described(original: Callable[..., dict[str, Any]], function: Any, on_create: bool = False) -> dict[str, Any]:
    config = original(function, on_create)
    for member, attribute in _KEPT.items():
        value = getattr(function, attribute, None)
        if value:
            config[member] = value
    snap_start = getattr(function, "snap_start", None) or {"ApplyOn": "None"}
    published = snap_start["ApplyOn"] != "None" and str(function.version).isdigit()
    config["SnapStart"] = {**snap_start, "OptimizationStatus": "On" if published else "Off"}
    return config


def install() -> None:
    """Keep the settings, change them in updates, and tell them."""
    from moto.awslambda.models import LambdaFunction

    wrap(LambdaFunction, "__init__", _created)
    wrap(LambdaFunction, "update_configuration", _updated)
    wrap(LambdaFunction, "update_function_code", _code_updated)
    wrap(LambdaFunction, "get_configuration", _described)
