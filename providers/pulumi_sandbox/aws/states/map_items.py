"""The items of a Map state, and what each becomes before it is processed."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.states import flow
from pulumi_sandbox.aws.states.frame import MAX_DATA_BYTES, Frame, encode
from pulumi_sandbox.aws.states.language import jsonata_expressions, templates
from pulumi_sandbox.aws.states.language.errors import QUERY_EVALUATION, RUNTIME, StateError
from pulumi_sandbox.aws.states.language.scope import independent
from pulumi_sandbox.aws.states.run_states import State


def items_of(state: State, value: Any, frame: Frame) -> list[Any]:
    """Return the items that the state's input holds. Raises StateError when it is no list."""
    found: Any
    if flow.is_jsonata(state, frame):
        scope = frame.scope(value, input=value)
        found = jsonata_expressions.fill(state["Items"], scope) if "Items" in state else value
        error = QUERY_EVALUATION
    else:
        chosen = flow.effective_input(state, value, frame)
        found = templates.dynamic_value(state.get("ItemsPath", "$"), frame.scope(chosen), RUNTIME)
        error = RUNTIME
    if isinstance(found, list):
        return found
    if isinstance(found, dict) and "ItemReader" not in state and flow.is_jsonata(state, frame):
        members: dict[str, Any] = found
        return [{"Key": key, "Value": item} for key, item in members.items()]
    raise StateError(error, f"The items of the Map state must be a list; they are {type(found).__name__}.")


def selected(state: State, value: Any, item: Any, inner: Frame) -> Any:
    """Return an item's input: the item, or what ItemSelector (or Parameters) makes of it. Raises StateError."""
    template: Mapping[str, Any] | None = state.get("ItemSelector", state.get("Parameters"))
    if template is None:
        return independent(item)
    if flow.is_jsonata(state, inner):
        return jsonata_expressions.fill(template, inner.scope(value, input=value))
    return templates.fill(template, inner.scope(flow.effective_input(state, value, inner)))


def batched(state: State, value: Any, items: list[Any], frame: Frame) -> list[Any]:
    """Return the inputs of child executions: the items, or what ItemBatcher gathers. Raises StateError."""
    batcher: State | None = state.get("ItemBatcher")
    if batcher is None:
        return items
    most_items = flow.whole_number(batcher, "MaxItemsPerBatch", value, frame, least=1) or len(items)
    most_bytes = flow.whole_number(batcher, "MaxInputBytesPerBatch", value, frame, least=1) or MAX_DATA_BYTES
    common: Any = {}
    if "BatchInput" in batcher:
        jsonata = flow.is_jsonata(state, frame)
        filled = {
            "Arguments" if jsonata else "Parameters": batcher["BatchInput"],
            "QueryLanguage": state.get("QueryLanguage"),
        }
        common = {"BatchInput": flow.arguments(filled, value, frame)}
    batches: list[Any] = []
    batch: list[Any] = []
    for item in items:
        if batch and (len(batch) == most_items or len(encode({**common, "Items": [*batch, item]})) > most_bytes):
            batches.append({**common, "Items": batch})
            batch = []
        batch.append(item)
    return [*batches, {**common, "Items": batch}] if batch else batches
