"""Standard executions on disk: what they are, where their own line of states is, and their history."""

import contextlib
import time
from typing import Any

from pulumi_sandbox.aws.states.history import Event
from pulumi_sandbox.durable import DurableMap, open_map

Record = dict[str, Any]

_running = open_map("states.running")


def machine_of(execution_arn: str) -> str:
    """Return the ARN of an execution's state machine, without version or alias."""
    parts = execution_arn.split(":")
    return ":".join([*parts[:5], "stateMachine", parts[6]])


def _of_machine(machine_arn: str) -> DurableMap:
    return open_map(f"states.executions:{machine_arn}")


def _history(execution_arn: str) -> DurableMap:
    return open_map(f"states.history:{execution_arn}")


def begin(record: Record) -> None:
    """Keep a new execution."""
    _of_machine(machine_of(record["executionArn"]))[record["name"]] = record
    _running[record["executionArn"]] = True


def find(execution_arn: str) -> Record | None:
    """Return an execution's record, or None."""
    parts = execution_arn.split(":", 7)
    if len(parts) != 8 or parts[5] != "execution":
        return None
    return _of_machine(machine_of(execution_arn)).get(parts[7])


def change(execution_arn: str, **members: Any) -> None:
    """Change members of a record; nothing happens when it was deleted meanwhile."""
    kept = _of_machine(machine_of(execution_arn))
    name = execution_arn.split(":", 7)[7]
    with kept.transaction():
        record = kept.get(name)
        if record is not None:
            kept[name] = {**record, **members}


def finish(execution_arn: str, **members: Any) -> None:
    """Keep how an execution ended."""
    change(execution_arn, stopDate=time.time(), line=None, **members)
    with contextlib.suppress(KeyError):
        del _running[execution_arn]


def running() -> list[str]:
    """Return the ARNs of executions that have not ended."""
    return list(_running)


def executions(machine_arn: str) -> list[Record]:
    """Return the executions of a machine, the newest first."""
    return sorted(_of_machine(machine_arn).snapshot().values(), key=lambda each: -each["startDate"])


def keep_event(execution_arn: str, event: Event) -> None:
    """Add an event to an execution's history."""
    _history(execution_arn)[f"{event['id']:06d}"] = event


def events(execution_arn: str) -> list[Event]:
    """Return an execution's history, the oldest event first."""
    return list(_history(execution_arn).snapshot().values())


def forget_machine(machine_arn: str) -> None:
    """Delete everything about a machine's executions."""
    for record in executions(machine_arn):
        _history(record["executionArn"]).clear()
        with contextlib.suppress(KeyError):
            del _running[record["executionArn"]]
    _of_machine(machine_arn).clear()
