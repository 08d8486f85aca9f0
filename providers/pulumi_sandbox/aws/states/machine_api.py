"""Operations on state machines that moto does not have: versions, and the check of a definition."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from pulumi_sandbox.aws.moto_gaps.wrapping import add
from pulumi_sandbox.aws.states.language.checks import mistakes
from pulumi_sandbox.aws.states.refusals import RefusedError


def _publish_version(response: Any) -> ActionResult:
    backend = response.stepfunction_backend
    machine = backend.describe_state_machine(response._get_param("stateMachineArn"))
    machine.publish(response._get_param("description"))
    version = machine.latest_version
    return ActionResult({"creationDate": version.creation_date, "stateMachineVersionArn": version.arn})


def _list_versions(response: Any) -> ActionResult:
    machine = response.stepfunction_backend.describe_state_machine(response._get_param("stateMachineArn"))
    versions = [
        {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date}
        for _, version in sorted(machine.versions.items(), reverse=True)
    ]
    return ActionResult({"stateMachineVersions": versions})


def _delete_version(response: Any) -> EmptyResult:
    arn: str = response._get_param("stateMachineVersionArn")
    machine = response.stepfunction_backend.describe_state_machine(arn.rpartition(":")[0])
    routes = [route for alias in machine.aliases.values() for route in alias.routing_configuration]
    if any(route["stateMachineVersionArn"] == arn for route in routes):
        raise RefusedError("ConflictException", f"Version to be deleted is referenced by an alias: {arn}")
    machine.versions.pop(int(arn.rpartition(":")[2]), None)
    return EmptyResult()


def _validate_definition(response: Any) -> ActionResult:
    found = mistakes(response._get_param("definition"), response._get_param("type") or "STANDARD")
    diagnostics = [
        {"severity": "ERROR", "code": each.code, "message": each.message, "location": each.place or "/"}
        for each in found
    ]
    return ActionResult({"result": "FAIL" if found else "OK", "diagnostics": diagnostics, "truncated": False})


def install() -> None:
    """Add the operations."""
    from moto.stepfunctions.responses import StepFunctionResponse

    for name, method in (
        ("publish_state_machine_version", _publish_version),
        ("list_state_machine_versions", _list_versions),
        ("delete_state_machine_version", _delete_version),
        ("validate_state_machine_definition", _validate_definition),
    ):
        add(StepFunctionResponse, name, method)
