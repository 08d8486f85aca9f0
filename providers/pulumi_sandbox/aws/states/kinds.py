"""Which code runs which kind of state."""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_sandbox.aws.states import maps, parallel, tasks
from pulumi_sandbox.aws.states import simple_states as simple
from pulumi_sandbox.aws.states.frame import Frame
from pulumi_sandbox.aws.states.run_states import State, Transition, Work

WORKING: Mapping[str, Work] = {"Task": tasks.run, "Parallel": parallel.run, "Map": maps.run, "Pass": simple.run_pass}
"""States with a result."""

DECIDING: Mapping[str, Callable[[State, Any, Frame], Transition]] = {
    "Choice": simple.run_choice,
    "Wait": simple.run_wait,
    "Succeed": simple.run_succeed,
    "Fail": simple.run_fail,
}
"""States without one."""
