"""Put together the state of a resource: what the API answers, in the words of the program that declared it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pulumi_sandbox.aws.handlers import agreement
from pulumi_sandbox.plugin import schema
from pulumi_sandbox.plugin.handler import Cloud, PartialFailureError, Properties, Resource

Read = Callable[[Cloud, str, Properties], Resource | None]


def describe(
    cloud: Cloud,
    token: str,
    inputs: Properties,
    found: Mapping[str, Any],
    *,
    unreadable: Iterable[str] = (),
) -> Properties:
    """Return the outputs of a resource from the properties ``found`` in the API.

    ``unreadable`` names the inputs that no API call tells; they are taken from ``inputs``.
    """
    outputs = {name: value for name, value in found.items() if value is not None}
    if "region" in schema.resource_schema(token).outputs:
        outputs["region"] = cloud.region
    outputs.update({name: inputs[name] for name in unreadable if inputs.get(name) is not None})
    known = {name: value for name, value in inputs.items() if name in schema.resource_schema(token).outputs}
    return agreement.settle(known, outputs)


def resource(
    token: str, resource_id: str, inputs: Properties, outputs: Properties, leave_out: Iterable[str] = ()
) -> Resource:
    """Return what a read found; where there were no inputs, as on import, with inputs that describe it."""
    return Resource(resource_id, outputs, inputs or importable(token, outputs, leave_out))


def importable(token: str, outputs: Properties, leave_out: Iterable[str] = ()) -> Properties:
    """Return the inputs that describe an imported resource: those outputs that a program may set."""
    skip = {"region", "tagsAll", *leave_out}
    wanted = schema.resource_schema(token).inputs
    return {
        name: value for name, value in outputs.items() if name in wanted and name not in skip and not _is_empty(value)
    }


def finish(cloud: Cloud, read: Read, resource_id: str, inputs: Properties, *steps: Callable[[], object]) -> Resource:
    """Do the ``steps`` that follow a resource's creation, then read it.

    Raises PartialFailureError when a step fails, so that the engine keeps the resource that exists by now.
    """
    try:
        for step in steps:
            step()
        resource = read(cloud, resource_id, inputs)
    except (BotoCoreError, ClientError, ValueError) as error:
        raise PartialFailureError(Resource(resource_id, dict(inputs), inputs), str(error)) from error
    if resource is None:
        reason = f"{resource_id} was written, and then the API did not find it; refresh and try again"
        raise PartialFailureError(Resource(resource_id, dict(inputs), inputs), reason)
    return resource


def changed(resource: Resource, inputs: Properties, *names: str) -> bool:
    """Tell whether any of the properties ``names`` has to be written: declared anew, or drifted."""
    return any(
        inputs.get(name) != resource.inputs.get(name)
        or not agreement.agrees(inputs.get(name), resource.outputs.get(name))
        for name in names
    )


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}
