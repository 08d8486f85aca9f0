"""Which permissions a request needs: IAM actions, resource ARNs and condition keys of an API operation.

Sources: the "Actions, resources, and condition keys" page of each service in AWS's Service Authorization
Reference. What is not in the tables is the rule there: action = operation name, resource ``*``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_sandbox.aws import dynamodb_access, s3_access
from pulumi_sandbox.aws.access import Access, Place
from pulumi_sandbox.aws.moto_backends import backend_of
from pulumi_sandbox.aws.operations import Operation

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """How operations of one service map to permissions.

    ``prefix`` is the IAM prefix. ``actions`` renames operations. ``resource`` returns the ARN of an operation's
    resource from its parameters, or None for ``*``. ``keys`` gives condition keys: key -> parameter.
    """

    prefix: str
    resource: Callable[[Parameters, Place], str | None] = lambda _parameters, _place: None
    actions: Mapping[str, str] = field(default_factory=dict[str, str])
    keys: Mapping[str, str] = field(default_factory=dict[str, str])


def _named(service: str, pattern: str, *names: str) -> Callable[[Parameters, Place], str | None]:
    """Return a reader of the first parameter present: an ARN as it is, a name put into ``pattern``."""

    def read(parameters: Parameters, place: Place) -> str | None:
        for name in names:
            value = parameters.get(name)
            if isinstance(value, str) and value:
                return value if value.startswith("arn:") else place.arn(service, pattern.format(value))
        return None

    return read


def _queue(parameters: Parameters, place: Place) -> str | None:
    if parameters.get("SourceArn"):  # of message move tasks
        return parameters["SourceArn"]
    name = str(parameters.get("QueueUrl") or parameters.get("QueueName") or "").rstrip("/").rsplit("/", 1)[-1]
    return place.arn("sqs", name) if name else None


def _function(parameters: Parameters, place: Place) -> str | None:
    name = str(parameters.get("FunctionName") or "")
    if not name:
        return None
    if not name.startswith("arn:"):
        name = place.arn("lambda", f"function:{name.rsplit('function:', 1)[-1]}")
    qualifier = parameters.get("Qualifier")
    return f"{name}:{qualifier}" if qualifier and name.count(":") == 6 else name


def _key(parameters: Parameters, place: Place) -> str | None:
    key = str(parameters.get("KeyId") or parameters.get("TargetKeyId") or "")
    if not key:
        return None
    backend = backend_of("kms", place.account, place.region)
    try:
        return backend.keys[backend.get_key_id(backend.any_id_to_key_id(key))].arn
    except (KeyError, AttributeError):
        return key if key.startswith("arn:") else place.arn("kms", f"key/{key}")


def _secret(parameters: Parameters, place: Place) -> str | None:
    name = str(parameters.get("SecretId") or parameters.get("Name") or "")
    if not name:
        return None
    backend = backend_of("secretsmanager", place.account, place.region)
    secret = backend.secrets.get(name)
    # A secret that does not exist is authorised by name, with the six characters that an ARN would end in.
    return (
        secret.arn
        if secret
        else name
        if name.startswith("arn:")
        else place.arn("secretsmanager", f"secret:{name}-??????")
    )


def _log_group(parameters: Parameters, place: Place) -> str | None:
    group = parameters.get("logGroupName") or parameters.get("logGroupIdentifier")
    if not group:
        return None
    arn = group.removesuffix(":*") if group.startswith("arn:") else place.arn("logs", f"log-group:{group}")
    stream = parameters.get("logStreamName")
    return f"{arn}:log-stream:{stream or ''}" if stream is not None else f"{arn}:*"


def _topic(parameters: Parameters, place: Place) -> str | None:
    return _named("sns", "{}", "TopicArn", "TargetArn", "Name")(parameters, place)


def _parameter(parameters: Parameters, place: Place) -> str | None:
    names = [parameters["Name"]] if parameters.get("Name") else parameters.get("Names") or []
    name = parameters.get("Path") or (names[0] if names else None)
    return place.arn("ssm", f"parameter/{str(name).lstrip('/')}") if name else None


def _vectors(parameters: Parameters, place: Place) -> str | None:
    if arn := parameters.get("indexArn") or parameters.get("vectorBucketArn"):
        return arn
    bucket, index = parameters.get("vectorBucketName"), parameters.get("indexName")
    if not bucket:
        return None
    return place.arn("s3vectors", f"bucket/{bucket}" + (f"/index/{index}" if index else ""))


def _event_bus(parameters: Parameters, place: Place) -> str | None:
    entries = parameters.get("Entries") or [{}]
    bus = entries[0].get("EventBusName") or parameters.get("EventBusName") or "default"
    return bus if bus.startswith("arn:") else place.arn("events", f"event-bus/{bus}")


_STATES_ARNS = (
    "stateMachineArn",
    "executionArn",
    "mapRunArn",
    "stateMachineVersionArn",
    "stateMachineAliasArn",
    "activityArn",
    "resourceArn",
)


def _state_machine(parameters: Parameters, place: Place) -> str | None:
    if token := parameters.get("taskToken"):
        # Imported here: state machines import what is judged here.
        from pulumi_sandbox.aws.states.task_tokens import InvalidTokenError, machine_arn

        try:
            return machine_arn(str(token))
        except InvalidTokenError:
            return None  # for the operation itself to refuse
    return _named("states", "stateMachine:{}", *_STATES_ARNS)(parameters, place)


_RULES: dict[str, ServiceRules] = {
    "sqs": ServiceRules("sqs", _queue, {
        "SendMessageBatch": "SendMessage",
        "DeleteMessageBatch": "DeleteMessage",
        "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    }),
    "sns": ServiceRules("sns", _topic, {"PublishBatch": "Publish"}),
    "lambda": ServiceRules("lambda", _function, {
        "Invoke": "InvokeFunction",
        "InvokeAsync": "InvokeFunction",
        "InvokeWithResponseStream": "InvokeFunction",
    }),
    "kms": ServiceRules("kms", _key),
    "secretsmanager": ServiceRules("secretsmanager", _secret),
    "ssm": ServiceRules("ssm", _parameter),
    "logs": ServiceRules("logs", _log_group),
    "stepfunctions": ServiceRules("states", _state_machine),
    "events": ServiceRules("events", _event_bus),
    "cloudwatch": ServiceRules("cloudwatch", keys={"cloudwatch:namespace": "Namespace"}),
    "xray": ServiceRules("xray"),
    "sts": ServiceRules("sts", lambda parameters, _place: parameters.get("RoleArn")),
    "s3vectors": ServiceRules("s3vectors", _vectors),
    "cognito-idp": ServiceRules("cognito-idp", _named("cognito-idp", "userpool/{}", "UserPoolId")),
    "kinesis": ServiceRules("kinesis", _named("kinesis", "stream/{}", "StreamARN", "StreamName")),
    "firehose": ServiceRules("firehose", _named("firehose", "deliverystream/{}", "DeliveryStreamName")),
    "bedrock-agent": ServiceRules("bedrock", _named("bedrock", "knowledge-base/{}", "knowledgeBaseId")),
    "apigatewaymanagementapi": ServiceRules("execute-api", actions={
        "PostToConnection": "ManageConnections",
        "GetConnection": "ManageConnections",
        "DeleteConnection": "ManageConnections",
    }),
}  # fmt: skip
# IAM prefixes of services whose SDK name is another; all others are alike.
_PREFIXES = {"apigatewayv2": "apigateway", "s3control": "s3", "sesv2": "ses", "opensearchserverless": "aoss"}


def accesses(operation: Operation, place: Place, headers: Mapping[str, str]) -> list[Access]:
    """Return every permission that the request needs; all must be allowed."""
    if operation.service in ("dynamodb", "dynamodbstreams"):
        return dynamodb_access.accesses(operation, place)
    if operation.service == "s3":
        return s3_access.accesses(operation, headers)
    rules = _RULES.get(operation.service)
    if rules is None:
        return [Access(f"{_PREFIXES.get(operation.service, operation.service)}:{operation.name}")]
    action = rules.actions.get(operation.name, operation.name)
    parameters = operation.parameters
    context = {key: str(parameters[name]) for key, name in rules.keys.items() if parameters.get(name)}
    resource = rules.resource(parameters, place) or "*"
    found = [Access(f"{rules.prefix}:{action}", resource, context)]
    if action == "QueryVectors" and (parameters.get("filter") or parameters.get("returnMetadata")):
        # Such a search tells of vectors what only those may know who may read them.
        found.append(Access("s3vectors:GetVectors", resource))
    return found
