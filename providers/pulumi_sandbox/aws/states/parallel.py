"""Parallel states."""

from typing import Any

from pulumi_sandbox.aws.states import flow
from pulumi_sandbox.aws.states.control import Control
from pulumi_sandbox.aws.states.fan_out import gather
from pulumi_sandbox.aws.states.frame import Frame
from pulumi_sandbox.aws.states.language.errors import StateError
from pulumi_sandbox.aws.states.language.scope import independent
from pulumi_sandbox.aws.states.run_states import State, run_part


def run(_name: str, state: State, value: Any, frame: Frame) -> list[Any]:
    """Return the outputs of all branches, in their order. Raises the StateError of the first that fails."""
    given = flow.arguments(state, value, frame)
    frame.record("ParallelStateStarted")
    branches: list[State] = state["Branches"]
    language = flow.language_of(state, frame)

    def branch(number: int, control: Control) -> Any:
        inner = frame.inner(control)
        inner.language = language
        return run_part(branches[number], independent(given), inner)

    try:
        outputs = gather(frame.control, len(branches), branch, most=len(branches))
    except StateError:
        frame.record("ParallelStateFailed")
        raise
    frame.record("ParallelStateSucceeded")
    return outputs
