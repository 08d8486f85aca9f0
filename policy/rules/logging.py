"""Logging and audit."""

from collections.abc import Iterator, Mapping
from typing import Any

from joins import made_from, of_type
from known import Unknown, blocks, value_at
from resource_types import FUNCTION, LOG_GROUP, METHOD_SETTINGS, STAGE, STAGE_V2
from rule import Finding, Level, Resource, Rule, Setting, Severity

LOG_BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
SHORTEST_DAYS = 30
LONGEST_DAYS = 400


def _log_group_managed(resource: Resource) -> Iterator[Finding]:
    if any(group.type == LOG_GROUP for group in made_from(resource, "loggingConfig")):
        return
    named = value_at(resource.properties, "loggingConfig.logGroup")
    name = resource.properties.get("name")
    expected = named if isinstance(named, str) else f"/aws/lambda/{name}"
    for group in of_type(resource, LOG_GROUP):
        of_function = resource.urn in group.references.get("name", ())
        if of_function or group.properties.get("name") == expected:
            return
    if isinstance(named, Unknown):
        yield named
    elif isinstance(name, Unknown) and of_type(resource, LOG_GROUP):
        yield name
    elif named is None:
        yield "no log group of the stack is the function's, so that Lambda makes one that never expires"


def _retention(resource: Resource) -> Iterator[Finding]:
    if resource.type == LOG_BUCKET:
        days = resource.properties.get("retentionDays", SHORTEST_DAYS)
        name = "retentionDays"
    else:
        days = resource.properties.get("retentionInDays", 0)
        name = "retentionInDays"
    shortest, longest = resource.settings["shortest_days"], resource.settings["longest_days"]
    if isinstance(days, Unknown):
        yield days
    elif not days:
        yield f"the log group never expires: {name} is 0 or not set"
    elif not shortest <= days <= longest:
        yield f"{name} is {days:g}"


def _retention_remedy(resource: Resource) -> Mapping[str, Any]:
    name = "retentionDays" if resource.type == LOG_BUCKET else "retentionInDays"
    return {name: resource.settings["remedy_days"]}


def _access_logs(resource: Resource) -> Iterator[Finding]:
    if resource.type == "gcp:compute/backendService:BackendService":
        enabled = value_at(resource.properties, "logConfig.enable")
        if isinstance(enabled, Unknown):
            yield enabled
        elif not enabled:
            yield "logConfig.enable is not true"
    elif resource.properties.get("accessLogSettings") is None:
        yield "accessLogSettings is not set"


def _body_logging(resource: Resource) -> Iterator[Finding]:
    paths = {
        METHOD_SETTINGS: ["settings.dataTraceEnabled"],
        STAGE_V2: ["defaultRouteSettings.dataTraceEnabled"],
        STATE_MACHINE: ["loggingConfiguration.includeExecutionData"],
    }[resource.type]
    found = [(path, value_at(resource.properties, path)) for path in paths]
    found += [
        (f"routeSettings[{number}].dataTraceEnabled", value_at(route, "dataTraceEnabled"))
        for number, route in enumerate(blocks(resource.properties, "routeSettings"))
    ]
    for path, value in found:
        if isinstance(value, Unknown):
            yield value
        elif value:
            yield f"{path} is true, which writes prompts and answers to the log"


def _body_logging_remedy(resource: Resource) -> Mapping[str, Any]:
    name, inner = {
        METHOD_SETTINGS: ("settings", "dataTraceEnabled"),
        STAGE_V2: ("defaultRouteSettings", "dataTraceEnabled"),
        STATE_MACHINE: ("loggingConfiguration", "includeExecutionData"),
    }[resource.type]
    settings = resource.properties.get(name)
    return {name: {**settings, inner: False}} if isinstance(settings, Mapping) else {}


def _tracing(resource: Resource) -> Iterator[Finding]:
    path, wanted = {
        FUNCTION: ("tracingConfig.mode", "Active"),
        STAGE: ("xrayTracingEnabled", True),
        STATE_MACHINE: ("tracingConfiguration.enabled", True),
    }[resource.type]
    value = value_at(resource.properties, path)
    if isinstance(value, Unknown):
        yield value
    elif value != wanted:
        yield f"{path} is not {wanted}"
    if resource.type == STATE_MACHINE and value_at(resource.properties, "loggingConfiguration.level") in (None, "OFF"):
        yield "loggingConfiguration.level is OFF"


def _tracing_remedy(resource: Resource) -> Mapping[str, Any]:
    return {
        FUNCTION: {"tracingConfig": {"mode": "Active"}},
        STAGE: {"xrayTracingEnabled": True},
        STATE_MACHINE: {"tracingConfiguration": {"enabled": True}},
    }[resource.type]


AUDITED = ("allServices", "aiplatform.googleapis.com")


def _audit(resource: Resource) -> Iterator[Finding]:
    if resource.type == "aws:cloudtrail/trail:Trail":
        for name in ("isMultiRegionTrail", "enableLogFileValidation"):
            value = resource.properties.get(name)
            if isinstance(value, Unknown):
                yield value
            elif not value:
                yield f"{name} is not true"
        if not resource.properties.get("kmsKeyId"):
            yield "kmsKeyId is not set"
        return
    if resource.properties.get("service") not in AUDITED:
        return
    kinds = {value_at(config, "logType") for config in blocks(resource.properties, "auditLogConfigs")}
    yield from (f"auditLogConfigs have no {kind}" for kind in ("DATA_READ", "DATA_WRITE") if kind not in kinds)
    for config in blocks(resource.properties, "auditLogConfigs"):
        if blocks(config, "exemptedMembers"):
            yield f"exemptedMembers of {value_at(config, 'logType')} are not audited"


RULES = (
    Rule(
        id="function-log-group-managed",
        title="Every function has a log group of the stack",
        why="A log group that Lambda makes by itself never expires, has no key and stays after the stack.",
        mend="Make a LogGroup and name it in logging_config.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM02",),
        types=(FUNCTION,),
        check=_log_group_managed,
        over_stack=True,
    ),
    Rule(
        id="log-retention",
        title="Logs are kept for a stated time",
        why="Logs that never expire hold personal data for ever; logs that go too soon leave an incident unexplained.",
        mend=f"Set retention_in_days to a value from {SHORTEST_DAYS} to {LONGEST_DAYS}.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM02", "CIS GCP 2.3"),
        types=(LOG_GROUP, LOG_BUCKET),
        check=_retention,
        settings={
            "shortest_days": Setting({"type": "integer", "minimum": 1}, SHORTEST_DAYS),
            "longest_days": Setting({"type": "integer", "minimum": 1}, LONGEST_DAYS),
            "remedy_days": Setting({"type": "integer", "minimum": 1}, 90),
        },
        remedy=_retention_remedy,
    ),
    Rule(
        id="api-access-logs",
        title="Every request to an API is logged",
        why="Without a line for each request nobody can say who asked what when.",
        mend="Set access_log_settings; on Google Cloud log_config with enable.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM10", "CIS GCP 2.16"),
        types=(STAGE, STAGE_V2, "gcp:compute/backendService:BackendService"),
        check=_access_logs,
    ),
    Rule(
        id="no-body-logging",
        title="Prompts and answers are not written to gateways' and workflows' logs",
        why="A log is read by more people than a conversation, and kept for longer.",
        mend="Switch data_trace_enabled and include_execution_data off.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM02",),
        types=(METHOD_SETTINGS, STAGE_V2, STATE_MACHINE),
        check=_body_logging,
        remedy=_body_logging_remedy,
    ),
    Rule(
        id="tracing-enabled",
        title="Requests are traced over all tiers",
        why="A slow answer passes through many services; without a trace nobody can say which one is slow.",
        mend="Set tracing_config to Active, or the type's own switch.",
        severity=Severity.LOW,
        frameworks=(),
        types=(FUNCTION, STAGE, STATE_MACHINE),
        check=_tracing,
        level=Level.ADVISORY,
        remedy=_tracing_remedy,
    ),
    Rule(
        id="audit-trail-data-events",
        title="Calls are audited",
        why="Who called a model with whose data is the first question after an incident.",
        mend="Audit all regions, with validation and a key; on Google Cloud DATA_READ and DATA_WRITE of everyone.",
        severity=Severity.MEDIUM,
        frameworks=("CIS AWS 3.1", "CIS AWS 3.2", "CIS GCP 2.1"),
        types=("aws:cloudtrail/trail:Trail", "gcp:projects/iAMAuditConfig:IAMAuditConfig"),
        check=_audit,
        level=Level.ADVISORY,
    ),
)
