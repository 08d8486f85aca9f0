"""What is lost can be put back, and what runs gets patches."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from known import Unknown, value_at
from resource_types import FUNCTION
from rule import Finding, Level, Resource, Rule, Severity


def _recoverable(resource: Resource) -> Iterator[Finding]:
    if resource.type == "aws:dynamodb/table:Table":
        path, wanted = "pointInTimeRecovery.enabled", True
    elif resource.type == "gcp:firestore/database:Database":
        path, wanted = "pointInTimeRecoveryEnablement", "POINT_IN_TIME_RECOVERY_ENABLED"
    else:
        path, wanted = "settings.backupConfiguration.enabled", True
    value = value_at(resource.properties, path)
    if isinstance(value, Unknown):
        yield value
    elif value != wanted:
        yield f"{path} is {value if value is not None else 'not set'}"


def _recoverable_remedy(resource: Resource) -> Mapping[str, Any]:
    return {
        "aws:dynamodb/table:Table": {"pointInTimeRecovery": {"enabled": True}},
        "gcp:firestore/database:Database": {"pointInTimeRecoveryEnablement": "POINT_IN_TIME_RECOVERY_ENABLED"},
    }.get(resource.type, {})


PROTECTIONS: Mapping[str, tuple[tuple[str, Any], ...]] = {
    "aws:cognito/userPool:UserPool": (("deletionProtection", "ACTIVE"),),
    "aws:dynamodb/table:Table": (("deletionProtectionEnabled", True),),
    "aws:rds/cluster:Cluster": (("deletionProtection", True),),
    "aws:rds/instance:Instance": (("deletionProtection", True),),
    "gcp:firestore/database:Database": (("deleteProtectionState", "DELETE_PROTECTION_ENABLED"),),
    "gcp:sql/databaseInstance:DatabaseInstance": (
        ("deletionProtection", True),
        ("settings.deletionProtectionEnabled", True),
    ),
}
"""Type -> the provider's own locks, and how they are set."""


ON_BY_DEFAULT = ("gcp:sql/databaseInstance:DatabaseInstance deletionProtection",)


def _deletion_protected(resource: Resource) -> Iterator[Finding]:
    for path, wanted in PROTECTIONS[resource.type]:
        value = value_at(resource.properties, path)
        if value is None and f"{resource.type} {path}" in ON_BY_DEFAULT:
            continue
        if isinstance(value, Unknown):
            yield value
        elif value != wanted:
            yield f"{path} is {value if value is not None else 'not set'}"


def _deletion_remedy(resource: Resource) -> Mapping[str, Any]:
    return {path: wanted for path, wanted in PROTECTIONS[resource.type] if "." not in path}


END_OF_RUNTIMES: Mapping[str, date] = {
    "dotnetcore1.0": date(2019, 6, 27),
    "dotnetcore2.0": date(2019, 5, 30),
    "dotnetcore2.1": date(2022, 1, 5),
    "dotnetcore3.1": date(2023, 4, 3),
    "dotnet6": date(2024, 12, 20),
    "go1.x": date(2024, 1, 8),
    "java8": date(2024, 1, 8),
    "nodejs": date(2016, 10, 31),
    "nodejs4.3": date(2020, 3, 5),
    "nodejs4.3-edge": date(2020, 3, 5),
    "nodejs6.10": date(2019, 8, 12),
    "nodejs8.10": date(2020, 3, 6),
    "nodejs10.x": date(2021, 7, 30),
    "nodejs12.x": date(2023, 3, 31),
    "nodejs14.x": date(2023, 12, 4),
    "nodejs16.x": date(2024, 6, 12),
    "nodejs18.x": date(2025, 9, 1),
    "nodejs20.x": date(2026, 4, 30),
    "provided": date(2024, 1, 8),
    "python2.7": date(2021, 7, 15),
    "python3.6": date(2022, 7, 18),
    "python3.7": date(2023, 12, 4),
    "python3.8": date(2024, 10, 14),
    "python3.9": date(2025, 12, 15),
    "ruby2.5": date(2021, 7, 30),
    "ruby2.7": date(2023, 12, 7),
    "ruby3.2": date(2026, 3, 31),
    "nodejs10": date(2024, 1, 30),
    "nodejs12": date(2024, 1, 30),
    "nodejs14": date(2024, 1, 30),
    "nodejs16": date(2024, 1, 30),
    "nodejs18": date(2025, 4, 30),
    "go111": date(2024, 1, 30),
    "go113": date(2024, 1, 30),
    "go116": date(2024, 1, 30),
    "python37": date(2024, 1, 30),
    "python38": date(2024, 10, 14),
    "python39": date(2025, 10, 5),
}
"""Runtime -> the day from which it gets no patches (the providers' pages on runtimes)."""


def _runtime(resource: Resource) -> Iterator[Finding]:
    for path in ("runtime", "buildConfig.runtime"):
        runtime = value_at(resource.properties, path)
        if isinstance(runtime, Unknown):
            yield runtime
        elif runtime in END_OF_RUNTIMES and END_OF_RUNTIMES[runtime] <= datetime.now(UTC).date():
            yield f"{path} is {runtime}, which has had no patches since {END_OF_RUNTIMES[runtime]}"


RULES = (
    Rule(
        id="table-pitr",
        title="Tables can be put back to any second",
        why="A bad migration or a bad agent changes every row at once.",
        mend="Enable point-in-time recovery.",
        severity=Severity.MEDIUM,
        frameworks=("CIS GCP 6.7",),
        types=(
            "aws:dynamodb/table:Table",
            "gcp:firestore/database:Database",
            "gcp:sql/databaseInstance:DatabaseInstance",
        ),
        check=_recoverable,
        remedy=_recoverable_remedy,
    ),
    Rule(
        id="deletion-protection",
        title="The provider refuses to delete what holds data",
        why="A lock of the provider holds when the state is lost and when somebody uses the console.",
        mend="Switch deletion protection on.",
        severity=Severity.MEDIUM,
        frameworks=(),
        types=tuple(PROTECTIONS),
        check=_deletion_protected,
        level=Level.PRODUCTION,
        remedy=_deletion_remedy,
    ),
    Rule(
        id="runtime-supported",
        title="Functions run on runtimes that get patches",
        why="A hole in a runtime without patches stays open.",
        mend="Choose a newer runtime.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM03",),
        types=(FUNCTION, "gcp:cloudfunctions/function:Function", "gcp:cloudfunctionsv2/function:Function"),
        check=_runtime,
    ),
)
