"""One line of states that runs: of the execution itself, of a branch, or of an item of a map."""

import json
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pulumi_sandbox.aws.states.control import Control
from pulumi_sandbox.aws.states.history import History
from pulumi_sandbox.aws.states.language.errors import DATA_LIMIT, StateError
from pulumi_sandbox.aws.states.language.fields import JSON_PATH
from pulumi_sandbox.aws.states.language.scope import Scope, independent

MAX_DATA_BYTES = 262_144
"""Input or output of a task, state or execution (Step Functions developer guide, "Quotas")."""
_WHOLE = {"truncated": False}


def encode(value: Any) -> str:
    """Return JSON as executions show it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def iso_time(moment: float | None = None) -> str:
    """Return a time (now, or epoch seconds) as the context object says it."""
    when = datetime.now(UTC) if moment is None else datetime.fromtimestamp(moment, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def check_size(value: Any, what: str) -> None:
    """Return if a value is small enough to be handed on. Raises StateError (DataLimitExceeded)."""
    if len(encode(value).encode()) > MAX_DATA_BYTES:
        raise StateError(
            DATA_LIMIT, f"{what} returned a result with a size exceeding the maximum number of bytes service limit."
        )


@dataclass(frozen=True, slots=True)
class Machine:
    """What all parts of an execution share: whose role acts, where, and what maps need to know of it."""

    arn: str
    execution_arn: str
    role: str
    region: str
    account: str
    endpoint: str
    express: bool


@dataclass(slots=True)
class Resumed:
    """Where an execution was when the sandbox stopped; ``token`` is of a task that had been handed out."""

    entered: float
    retries: int = 0
    token: str | None = None


@dataclass(slots=True)
class Frame:
    """The line's data. ``checkpoint`` keeps where it is, if it is the execution's own line."""

    machine: Machine
    control: Control
    history: History
    context: dict[str, Any]
    variables: "ChainMap[str, Any]" = field(default_factory=ChainMap[str, Any])
    language: str = JSON_PATH
    last_event: int = 0
    checkpoint: Callable[..., None] | None = None
    resumed: Resumed | None = None

    def inner(self, control: Control, **context: Any) -> "Frame":
        """Return a line inside this one: it sees the variables, and sets only its own."""
        return Frame(
            machine=self.machine,
            control=control,
            history=self.history,
            context={**independent(self.context), **context},
            variables=self.variables.new_child(),
            language=self.language,
            last_event=self.last_event,
        )

    def record(self, kind: str, member: str = "", /, **details: Any) -> None:
        """Add an event to the history; ``member`` (``<member>EventDetails``) holds its details."""
        members = {f"{member}EventDetails": details} if member else {}
        self.last_event = self.history.add(kind, self.last_event, members)

    def record_data(self, kind: str, member: str, what: str, value: Any, /, **details: Any) -> None:
        """Add an event that shows data: ``what`` is input or output."""
        self.record(kind, member, **{what: encode(value), f"{what}Details": _WHOLE}, **details)

    def scope(self, root: Any, **states: Any) -> Scope:
        """Return what expressions see here."""
        return Scope(root, self.context, self.variables, states)

    def assign(self, values: Mapping[str, Any]) -> None:
        """Set variables."""
        for name, value in values.items():
            self.variables[name] = independent(value)
