"""The fields of each kind of state, as data.

Sources: Amazon States Language specification; Step Functions developer guide, "State types".
"""

from collections.abc import Mapping

JSON_PATH, JSONATA = "JSONPath", "JSONata"

_COMMON = frozenset({"Type", "Comment", "QueryLanguage"})
_FLOW = frozenset({"Next", "End"})
_FAILURES = frozenset({"Retry", "Catch"})
_TIMES = {JSON_PATH: {"TimeoutSecondsPath", "HeartbeatSecondsPath"}, JSONATA: set[str]()}
_IN_OUT = {
    JSON_PATH: frozenset({"InputPath", "OutputPath", "Assign"}),
    JSONATA: frozenset({"Output", "Assign"}),
}
_RESULT = {JSON_PATH: frozenset({"Parameters", "ResultPath", "ResultSelector"}), JSONATA: frozenset({"Arguments"})}
_MAP = frozenset(
    {
        "ItemProcessor",
        "Iterator",
        "ItemReader",
        "ItemSelector",
        "ItemBatcher",
        "ResultWriter",
        "MaxConcurrency",
        "ToleratedFailureCount",
        "ToleratedFailurePercentage",
        "Label",
    }
)
_MAP_ONLY = {
    JSON_PATH: frozenset(
        {"ItemsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"}
    ),
    JSONATA: frozenset({"Items"}),
}


def _fields(language: str) -> dict[str, frozenset[str]]:
    flow, in_out, result = _COMMON | _FLOW, _IN_OUT[language], _RESULT[language]
    path = language == JSON_PATH
    times = {"TimeoutSeconds", "HeartbeatSeconds", *_TIMES[language]}
    return {
        "Task": flow | in_out | result | _FAILURES | times | {"Resource", "Credentials"},
        "Pass": flow | in_out | ({"Parameters", "Result", "ResultPath"} if path else set[str]()),
        "Wait": flow | in_out | {"Seconds", "Timestamp"} | ({"SecondsPath", "TimestampPath"} if path else set[str]()),
        "Choice": _COMMON | in_out | {"Choices", "Default"},
        "Succeed": (_COMMON | in_out) - ({"Assign"} if path else set[str]()),
        "Fail": _COMMON | {"Error", "Cause"} | ({"ErrorPath", "CausePath"} if path else set[str]()),
        "Parallel": flow | in_out | result | _FAILURES | {"Branches"},
        "Map": flow | in_out | (result if path else set[str]()) | _FAILURES | _MAP | _MAP_ONLY[language],
    }


STATE_FIELDS: Mapping[str, Mapping[str, frozenset[str]]] = {name: _fields(name) for name in (JSON_PATH, JSONATA)}
"""Query language -> kind of state -> the fields that it may have."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "Task": ("Resource",),
    "Choice": ("Choices",),
    "Parallel": ("Branches",),
}
MACHINE_FIELDS = frozenset({"Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"})
PROCESSOR_FIELDS = MACHINE_FIELDS - {"Version", "TimeoutSeconds"} | {"ProcessorConfig"}
BRANCH_FIELDS = MACHINE_FIELDS - {"Version", "TimeoutSeconds"}
ONE_OF: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Wait": (("Seconds", "SecondsPath", "Timestamp", "TimestampPath"),),
    "Map": (("ItemProcessor", "Iterator"),),
}
"""Kind of state -> groups of fields of which there must be exactly one."""

AT_MOST_ONE: tuple[tuple[str, str], ...] = (
    ("TimeoutSeconds", "TimeoutSecondsPath"),
    ("HeartbeatSeconds", "HeartbeatSecondsPath"),
    ("MaxConcurrency", "MaxConcurrencyPath"),
    ("ToleratedFailureCount", "ToleratedFailureCountPath"),
    ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ("Error", "ErrorPath"),
    ("Cause", "CausePath"),
)
RETRY_FIELDS = frozenset(
    {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment"}
)
CATCH_FIELDS: Mapping[str, frozenset[str]] = {
    JSON_PATH: frozenset({"ErrorEquals", "Next", "ResultPath", "Assign", "Comment"}),
    JSONATA: frozenset({"ErrorEquals", "Next", "Output", "Assign", "Comment"}),
}
PATH_FIELDS = frozenset({"InputPath", "OutputPath", "ItemsPath"})
"""Fields that hold one path, or null."""
