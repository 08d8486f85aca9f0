"""What becomes of a function's asynchronous events: retries, age and destinations."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

EVENT_INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"


def _put(cloud: Cloud, inputs: Properties) -> None:
    if inputs.get("qualifier"):
        raise ValueError(
            f"qualifier is {inputs['qualifier']!r}: the sandbox models the configuration of a function's asynchronous "
            "events for all its versions together; leave the qualifier out"
        )
    client = cloud.client("lambda")
    # The API replaces the whole configuration, so what is left out goes back to its default.
    client.put_function_event_invoke_config(**shapes.arguments(client, "put_function_event_invoke_config", inputs))


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    _put(cloud, inputs)
    return state.finish(cloud, _read, inputs["functionName"], inputs)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    # A name or an ARN, and the state says it as it was declared.
    answer = found(cloud.client("lambda").get_function_event_invoke_config, FunctionName=resource_id)
    if answer is None:
        return None
    answer["DestinationConfig"] = _destinations(answer.get("DestinationConfig") or {})
    values: Properties = {
        "maximumRetryAttempts": 2,
        **shapes.properties(EVENT_INVOKE_CONFIG, answer),
        "functionName": resource_id,
    }
    outputs = state.describe(cloud, EVENT_INVOKE_CONFIG, inputs, values)
    return state.resource(EVENT_INVOKE_CONFIG, resource_id, inputs, outputs)


def _destinations(answer: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Leave out the empty destinations that the API answers for those that are not configured."""
    return {name: to for name, to in answer.items() if to.get("Destination")} or None


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    return state.finish(cloud, _read, resource.id, inputs, lambda: _put(cloud, inputs)).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    remove(cloud.client("lambda").delete_function_event_invoke_config, FunctionName=resource.id)


HANDLERS = {EVENT_INVOKE_CONFIG: Handler(_create, _read, _update, _delete)}
