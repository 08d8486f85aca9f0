"""State machines: what CreateStateMachine and UpdateStateMachine refuse, and what moto keeps wrong.

Moto stores the machines; whether a definition, a role and a log group will do is judged here.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

from moto.logs.models import logs_backends
from moto.stepfunctions.exceptions import StateMachineDoesNotExist

from pulumi_sandbox import iam
from pulumi_sandbox.aws.moto_gaps.wrapping import wrap
from pulumi_sandbox.aws.states import execution_log, installed, store
from pulumi_sandbox.aws.states.integrations import ASSUMER
from pulumi_sandbox.aws.states.language.checks import mistakes
from pulumi_sandbox.aws.states.refusals import RefusedError, invalid_definition

MAX_DEFINITION_CHARACTERS = 1_048_576


def check_definition(definition: str, machine_type: str) -> None:
    """Return if a machine can have this definition. Raises RefusedError."""
    if len(definition) > MAX_DEFINITION_CHARACTERS:
        message = f"the definition has {len(definition)} characters; at most {MAX_DEFINITION_CHARACTERS} are allowed"
        raise RefusedError("InvalidDefinition", f"Invalid State Machine Definition: '{message}'")
    if found := mistakes(definition, machine_type):
        raise invalid_definition(found)


def _check_role(role: str, region: str) -> None:
    if not iam.may_assume(role, ASSUMER.service) and not iam.may_assume(role, f"states.{region}.amazonaws.com"):
        raise RefusedError(
            "AccessDeniedException",
            f"Neither the global service principal {ASSUMER.service}, nor the regional one is authorized to assume the "
            "provided role.",
        )


def _check_logging(configuration: Mapping[str, Any] | None, role: str, region: str) -> None:
    if not configuration or configuration.get("level", "OFF") == "OFF":
        return
    destinations: list[Any] = configuration.get("destinations") or []
    arn: str = destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "") if destinations else ""
    if len(destinations) != 1 or not arn.endswith(":*"):
        message = "Log Destination must be one log group, by its ARN with ':*' at the end"
        raise RefusedError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {message}: '{arn}'")
    _, _, _, place, account, _, group = arn.removesuffix(":*").split(":", 6)
    if group not in logs_backends[account][place].groups:
        message = f"Log Destination not found: '{arn}'"
        raise RefusedError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {message}")
    for action in execution_log.DELIVERY_ACTIONS:
        try:
            iam.authorize(role, action, "*", region=region)
        except iam.AccessDeniedError as error:
            message = "The state machine IAM Role is not authorized to access the Log Destination"
            raise RefusedError("AccessDeniedException", f"{message}: {error}") from error


def _check_encryption(configuration: Mapping[str, Any] | None, role: str, arn: str) -> None:
    if not configuration or configuration.get("type") != "CUSTOMER_MANAGED_KMS_KEY":
        return
    context = {"kms:EncryptionContext:aws:states:stateMachineArn": arn}
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        try:
            iam.authorize(role, action, str(configuration.get("kmsKeyId")), context, region=arn.split(":")[3])
        except iam.AccessDeniedError as error:
            raise RefusedError("KmsAccessDeniedException", str(error)) from error


def _created(original: Callable[..., Any], backend: Any, **asked: Any) -> Any:
    machine_type = asked.get("sm_type") or "STANDARD"
    check_definition(asked["definition"], machine_type)
    backend._validate_name(asked["name"])
    backend._validate_role_arn(asked["roleArn"])
    arn = f"arn:aws:states:{backend.region_name}:{backend.account_id}:stateMachine:{asked['name']}"
    existing = next((each for each in backend.state_machines if each.arn == arn), None)
    same = (asked["definition"], asked["roleArn"], machine_type)
    if existing is not None and (existing.definition, existing.roleArn, existing.type) != same:
        raise RefusedError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
    _check_role(asked["roleArn"], backend.region_name)
    _check_logging(asked.get("loggingConfiguration"), asked["roleArn"], backend.region_name)
    _check_encryption(asked.get("encryptionConfiguration"), asked["roleArn"], arn)
    return original(backend, **asked)


def _updated(original: Callable[..., Any], backend: Any, **asked: Any) -> Any:
    machine = backend.describe_state_machine(asked["arn"])
    changes = ("definition", "role_arn", "logging_configuration", "tracing_configuration", "encryption_configuration")
    if not any(asked.get(name) for name in changes):
        message = "Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration or the "
        raise RefusedError("MissingRequiredParameter", f"{message}TracingConfiguration must be specified")
    role = asked.get("role_arn") or machine.roleArn
    if asked.get("definition"):
        check_definition(asked["definition"], machine.type)
    if asked.get("role_arn"):
        _check_role(role, backend.region_name)
    _check_logging(asked.get("logging_configuration") or machine.loggingConfiguration, role, backend.region_name)
    _check_encryption(asked.get("encryption_configuration"), role, machine.arn)
    return original(backend, **asked)


def _deleted(original: Callable[..., Any], backend: Any, arn: str) -> Any:
    result = original(backend, arn)
    if parts := installed.running():
        for record in store.executions(arn):
            parts.executions.abort(record["executionArn"], None, None)
    store.forget_machine(arn)
    return result


def find(backend: Any, arn: str) -> Any:
    """Return the machine, or the version of it, that an ARN means; an alias chooses by its weights."""
    try:
        return backend.describe_state_machine(arn)
    except StateMachineDoesNotExist:
        name = arn.rpartition(":")[2]
        machine = next((each for each in backend.state_machines if arn == f"{each.arn}:{name}"), None)
        alias = machine.aliases.get(name) if machine else None
        if alias is None:
            raise
        routes = alias.routing_configuration
        weights = [route["weight"] for route in routes]
        chosen = random.choices(routes, weights)[0]  # noqa: S311 - no secret
        return backend.describe_state_machine(chosen["stateMachineVersionArn"])


def install() -> None:
    """Judge machines before moto keeps them."""
    from moto.stepfunctions.models import StepFunctionBackend

    wrap(StepFunctionBackend, "create_state_machine", _created)
    wrap(StepFunctionBackend, "update_state_machine", _updated)
    wrap(StepFunctionBackend, "delete_state_machine", _deleted)
