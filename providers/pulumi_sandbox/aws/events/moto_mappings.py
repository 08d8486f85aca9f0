"""Moto's event source mappings, made to say what Lambda says: checks, qualified functions, lists by name or ARN.

Moto ties a mapping to its queue or table, and invokes the function from there; here ``queue_sources`` and
``stream_sources`` read, so the tie is cut.
"""

import functools
from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.events import stream_checkpoints
from pulumi_sandbox.aws.events.mapping_checks import InvalidMappingError, check_mapping
from pulumi_sandbox.aws.functions.lookup import parse_reference
from pulumi_sandbox.aws.moto_backends import backend_of, existing
from pulumi_sandbox.aws.moto_gaps.wrapping import wrap


def _function_of(backend: Any, reference: str) -> tuple[Any, str]:
    """Return moto's function and the ARN that it is named by, with its version or alias."""
    account, region, name, qualifier = parse_reference(reference, backend.region_name)
    function = backend.get_function(name, qualifier)
    arn = f"arn:aws:lambda:{region}:{account}:function:{name}" + (f":{qualifier}" if qualifier else "")
    return function, arn


def _checked(spec: dict[str, Any], function: Any) -> None:
    from moto.awslambda.exceptions import InvalidParameterValueException

    try:
        check_mapping(spec, function)
    except InvalidMappingError as error:
        raise InvalidParameterValueException(str(error)) from error


def _created(original: Callable[..., Any], backend: Any, spec: dict[str, Any]) -> Any:
    from moto.awslambda.exceptions import LambdaClientError

    if not spec.get("EventSourceArn") or not spec.get("FunctionName"):
        return original(backend, spec)
    function, arn = _function_of(backend, spec["FunctionName"])
    _checked(spec, function)
    for other in backend.list_event_source_mappings(spec["EventSourceArn"], None):
        if other.function_arn == arn:
            raise LambdaClientError(
                "ResourceConflictException",
                f'The event source arn (" {other.event_source_arn} ") and function (" {other.function_name} ") '
                f"provided mapping already exists. Please update or delete the existing mapping with UUID {other.uuid}",
            )
    mapping = original(backend, spec)
    mapping.function_arn, mapping.function_name = arn, function.function_name
    _cut_ties(backend)
    if mapping.event_source_arn.split(":")[2] == "dynamodb":
        tables = backend_of("dynamodb", backend.account_id, backend.region_name).tables
        shard = tables[mapping.event_source_arn.split("/")[1]].stream_shard
        stream_checkpoints.begin(mapping.uuid, shard, mapping.starting_position)
    return mapping


def _cut_ties(backend: Any) -> None:
    for service, holders in (("sqs", "queues"), ("dynamodb", "tables")):
        for unit in existing(service):
            if (unit.account, unit.place) == (backend.account_id, backend.region_name):
                for holder in getattr(unit.backend, holders).values():
                    holder.lambda_event_source_mappings.clear()


def _updated(original: Callable[..., Any], backend: Any, uuid: str, spec: dict[str, Any]) -> Any:
    mapping = backend.get_event_source_mapping(uuid)
    if mapping is None:
        return original(backend, uuid, spec)
    function, arn = _function_of(backend, spec.get("FunctionName") or mapping.function_arn)
    _checked({**mapping.get_configuration(), **spec}, function)
    mapping = original(backend, uuid, spec)
    mapping.function_arn, mapping.function_name = arn, function.function_name
    return mapping


def _deleted(original: Callable[..., Any], backend: Any, uuid: str) -> Any:
    stream_checkpoints.forget(uuid)
    return original(backend, uuid)


def _listed(original: Callable[..., Any], backend: Any, event_source_arn: str | None, function: str | None) -> Any:
    found = original(backend, event_source_arn, None)
    if not function:
        return found
    arn = _function_of(backend, function)[1]
    return [mapping for mapping in found if mapping.function_arn == arn]


@functools.cache
def install() -> None:
    """Check mappings, and cut them off from moto's own deliveries. Calling it again does nothing."""
    from moto.awslambda.models import LambdaBackend

    wrap(LambdaBackend, "create_event_source_mapping", _created)
    wrap(LambdaBackend, "update_event_source_mapping", _updated)
    wrap(LambdaBackend, "delete_event_source_mapping", _deleted)
    wrap(LambdaBackend, "list_event_source_mappings", _listed)
