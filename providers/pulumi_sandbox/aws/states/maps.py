"""Map states: inline here, distributed in ``distributed_maps``."""

from typing import Any

from pulumi_sandbox.aws.states import distributed_maps, flow, map_items
from pulumi_sandbox.aws.states.control import Control, StoppedError
from pulumi_sandbox.aws.states.fan_out import gather
from pulumi_sandbox.aws.states.frame import Frame
from pulumi_sandbox.aws.states.language.errors import StateError
from pulumi_sandbox.aws.states.run_states import State, run_part


def run(name: str, state: State, value: Any, frame: Frame) -> Any:
    """Return the outputs of all items, in their order. Raises StateError."""
    processor: State = state.get("ItemProcessor") or state["Iterator"]
    most = flow.whole_number(state, "MaxConcurrency", value, frame) or 0
    if processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        return distributed_maps.run(state, processor, value, frame, most)
    items = map_items.items_of(state, value, frame)
    frame.record("MapStateStarted", "mapStateStarted", length=len(items))

    def iteration(number: int, control: Control) -> Any:
        inner = frame.inner(control, Map={"Item": {"Index": number, "Value": items[number]}})
        inner.language = flow.language_of(state, frame)
        inner.record("MapIterationStarted", "mapIterationStarted", name=name, index=number)
        try:
            given = map_items.selected(state, value, items[number], inner)
            made = run_part(processor, given, inner)
        except StateError:
            inner.record("MapIterationFailed", "mapIterationFailed", name=name, index=number)
            raise
        except StoppedError:
            inner.record("MapIterationAborted", "mapIterationAborted", name=name, index=number)
            raise
        inner.record("MapIterationSucceeded", "mapIterationSucceeded", name=name, index=number)
        return made

    try:
        outputs = gather(frame.control, len(items), iteration, most=most)
    except StateError:
        frame.record("MapStateFailed")
        raise
    frame.record("MapStateSucceeded")
    return outputs
