"""Executions: started, run on a thread each, stopped, and taken up again when the sandbox starts."""

import json
import logging
import threading
import time
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_sandbox.aws.functions.log_writer import LogWriter
from pulumi_sandbox.aws.service_events import put_event
from pulumi_sandbox.aws.states import store
from pulumi_sandbox.aws.states.control import AbortedError, Control, ExecutionTimeoutError, StoppedError
from pulumi_sandbox.aws.states.distributed_maps import EXPRESS_SECONDS
from pulumi_sandbox.aws.states.execution_log import ExecutionLog
from pulumi_sandbox.aws.states.frame import Frame, Machine, Resumed, encode, iso_time
from pulumi_sandbox.aws.states.history import Event, History
from pulumi_sandbox.aws.states.language.errors import RUNTIME, StateError
from pulumi_sandbox.aws.states.run_states import run_part

_log = logging.getLogger(__name__)
_WHOLE = {"truncated": False}
Record = store.Record


class _ShutDownError(StoppedError):
    """The sandbox stops; the execution goes on at its next start."""


@dataclass(slots=True)
class _Running:
    control: Control
    history: History
    done: threading.Event = field(default_factory=threading.Event)
    outcome: dict[str, Any] = field(default_factory=dict[str, Any])


class Executions:
    """All running executions of this process."""

    def __init__(self, endpoint: str, writer: LogWriter) -> None:
        self._endpoint = endpoint
        self._writer = writer
        self._running: dict[str, _Running] = {}

    def start(self, record: Record, *, express: bool) -> None:
        """Start an execution and return."""
        if not express:
            store.begin(record)
        self._run_on_thread(record, express=express)

    def run(self, record: Record) -> dict[str, Any]:
        """Run an express execution and return its outcome: status, and output or error and cause."""
        running = self._run_on_thread(record, express=True)
        running.done.wait()
        return running.outcome or {"status": "FAILED", "error": RUNTIME, "cause": "The sandbox stopped."}

    def resume(self) -> None:
        """Take up the executions that an earlier process left."""
        for arn in store.running():
            record = store.find(arn)
            if record and record["status"] == "RUNNING":
                self._run_on_thread(record, express=False)

    def abort(self, execution_arn: str, error: str | None, cause: str | None) -> None:
        """Stop an execution, and return when its end is on record."""
        running = self._running.get(execution_arn)
        if running is not None:
            running.control.stop(AbortedError(error, cause))
            running.done.wait(10)

    def shut_down(self) -> None:
        """End all threads; standard executions stay RUNNING on record."""
        for running in list(self._running.values()):
            running.history.close()
            running.control.stop(_ShutDownError())
        for running in list(self._running.values()):
            running.done.wait(5)

    def _run_on_thread(self, record: Record, *, express: bool) -> _Running:
        arn: str = record["executionArn"]
        log = ExecutionLog(record["loggingConfiguration"], arn, self._writer)
        known = [] if express else store.events(arn)

        def keep(event: Event) -> None:
            if not express:
                store.keep_event(arn, event)
            log.put(event)

        history = History(keep, first_id=len(known) + 1)
        running = _Running(Control(_deadline(record, express=express)), history)
        self._running[arn] = running
        frame = self._frame(record, running, express=express)
        frame.last_event = known[-1]["id"] if known else 0
        arguments = (record, running, frame)
        threading.Thread(target=self._run, args=arguments, name=f"execution-{record['name']}", daemon=True).start()
        return running

    def _frame(self, record: Record, running: _Running, *, express: bool) -> Frame:
        arn: str = record["executionArn"]
        place = arn.split(":")
        line: Mapping[str, Any] = record.get("line") or {}

        def checkpoint(**members: Any) -> None:
            line_now = (store.find(arn) or {}).get("line") or {}
            store.change(arn, line={**line_now, **members})

        context = {
            "Execution": {
                "Id": arn,
                "Input": json.loads(record["input"]),
                "Name": record["name"],
                "RoleArn": record["roleArn"],
                "StartTime": iso_time(record["startDate"]),
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": record["stateMachineArn"], "Name": place[6]},
        }
        return Frame(
            machine=Machine(store.machine_of(arn), arn, record["roleArn"], place[3], place[4], self._endpoint, express),
            control=running.control,
            history=running.history,
            context=context,
            variables=ChainMap[str, Any](dict(line.get("variables", {}))),
            checkpoint=None if express else checkpoint,
            resumed=Resumed(line["entered"], line["retries"], line["token"]) if line else None,
        )

    def _run(self, record: Record, running: _Running, frame: Frame) -> None:
        arn: str = record["executionArn"]
        standard = frame.checkpoint is not None
        if standard and not record.get("line"):
            self._announce(record)
        try:
            running.outcome = _guarded(record, frame)
            if standard:
                store.finish(arn, **running.outcome)
        except _ShutDownError:
            standard = False
        finally:
            self._running.pop(arn, None)
            running.done.set()
        if standard and (ended := store.find(arn)):
            self._announce(ended)

    def _announce(self, record: Record) -> None:
        names = ("executionArn", "stateMachineArn", "name", "status", "input", "output", "error", "cause")
        times = {name: record.get(name) for name in ("startDate", "stopDate")}
        detail = {
            **{name: record.get(name) for name in names},
            **{name: None if moment is None else round(moment * 1000) for name, moment in times.items()},
        }
        arn: str = record["executionArn"]
        put_event("aws.states", "Step Functions Execution Status Change", arn, detail, self._endpoint)


def _deadline(record: Record, *, express: bool) -> float | None:
    limit = json.loads(record["definition"]).get("TimeoutSeconds")
    limits = [seconds for seconds in (limit, EXPRESS_SECONDS if express else None) if seconds is not None]
    return time.monotonic() + record["startDate"] + min(limits) - time.time() if limits else None


def _guarded(record: Record, frame: Frame) -> dict[str, Any]:
    try:
        return _outcome(record, frame)
    except _ShutDownError:
        raise
    except Exception:  # noqa: BLE001 - the thread would end in silence
        _log.exception("the execution %s fails", frame.machine.execution_arn)
        failure = {"error": RUNTIME, "cause": "The sandbox failed; its log says why."}
        frame.record("ExecutionFailed", "executionFailed", **failure)
        return {"status": "FAILED", **failure}


def _outcome(record: Record, frame: Frame) -> dict[str, Any]:
    """Run to the end and return it, the end being the history's last event too."""
    line: Mapping[str, Any] = record.get("line") or {}
    if frame.last_event == 0:
        frame.record(
            "ExecutionStarted",
            "executionStarted",
            input=record["input"],
            inputDetails=_WHOLE,
            roleArn=record["roleArn"],
        )
        frame.last_event = 0
    value = line["input"] if line else json.loads(record["input"])
    try:
        output = encode(run_part(json.loads(record["definition"]), value, frame, line.get("state")))
    except StateError as error:
        failure = {"error": error.error, "cause": error.cause}
        frame.record("ExecutionFailed", "executionFailed", **failure)
        return {"status": "FAILED", **failure}
    except AbortedError as error:
        given = {"error": error.error, "cause": error.cause}
        failure = {name: text for name, text in given.items() if text is not None}
        frame.last_event = 0
        frame.record("ExecutionAborted", "executionAborted", **failure)
        return {"status": "ABORTED", **failure}
    except ExecutionTimeoutError:
        frame.record("ExecutionTimedOut", "executionTimedOut")
        return {"status": "TIMED_OUT"}
    frame.record("ExecutionSucceeded", "executionSucceeded", output=output, outputDetails=_WHOLE)
    return {"status": "SUCCEEDED", "output": output}
