"""Events of executions in a log group, as the machine's logging configuration asks.

Source: Step Functions developer guide, "Using CloudWatch Logs to log execution history": levels and permissions.
"""

import json
import time
import zlib
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.functions.log_writer import LogEvent, LogStream, LogWriter
from pulumi_sandbox.aws.states.history import Event

FATAL = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
ERROR = FATAL | {
    "FailStateEntered",
    "LambdaFunctionFailed",
    "LambdaFunctionTimedOut",
    "MapIterationAborted",
    "MapIterationFailed",
    "MapRunFailed",
    "MapStateAborted",
    "MapStateFailed",
    "ParallelStateAborted",
    "ParallelStateFailed",
    "TaskFailed",
    "TaskStateAborted",
    "TaskTimedOut",
    "WaitStateAborted",
}
_DATA = frozenset({"input", "inputDetails", "output", "outputDetails", "parameters"})
DELIVERY_ACTIONS = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
"""What a machine's role must be allowed, on ``*``, to log."""


def destination(configuration: Mapping[str, Any]) -> str | None:
    """Return the ARN of the log group, without ``:*``; None when nothing is logged."""
    if configuration.get("level", "OFF") == "OFF":
        return None
    destinations: list[Any] = configuration.get("destinations") or []
    arn: str | None = destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn") if destinations else None
    return arn and arn.removesuffix(":*")


class ExecutionLog:
    """Writes the events of one execution."""

    def __init__(self, configuration: Mapping[str, Any], execution_arn: str, writer: LogWriter) -> None:
        self._level = configuration.get("level", "OFF")
        self._with_data = bool(configuration.get("includeExecutionData"))
        self._execution_arn = execution_arn
        self._writer = writer
        self._group = destination(configuration)

    def put(self, event: Event) -> None:
        """Write an event, if the level asks for it. Returns at once."""
        if self._group is None or not self._is_wanted(event["type"]):
            return
        details = next((value for key, value in event.items() if key.endswith("EventDetails")), None)
        message = {
            "id": str(event["id"]),
            "type": event["type"],
            **({} if details is None else {"details": self._shown(details)}),
            "previous_event_id": str(event["previousEventId"]),
            "event_timestamp": str(round(event["timestamp"] * 1000)),
            "execution_arn": self._execution_arn,
            "redrive_count": "0",
        }
        text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
        self._writer.put(self._stream(event["timestamp"]), LogEvent(round(event["timestamp"] * 1000), text))

    def _is_wanted(self, kind: str) -> bool:
        return self._level == "ALL" or kind in (ERROR if self._level == "ERROR" else FATAL)

    def _shown(self, details: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in details.items() if self._with_data or key not in _DATA}

    def _stream(self, moment: float) -> LogStream:
        # The service writes, by a delivery that the machine's role set up.
        _, _, _, region, account, _, group = (self._group or "").split(":", 6)
        machine = self._execution_arn.split(":")[6]
        minute = time.strftime("%Y-%m-%d-%H-%M", time.gmtime(moment))
        name = f"states/{machine}/{minute}/{zlib.crc32(machine.encode()):08x}"
        return LogStream(account, region, group, name, None)
