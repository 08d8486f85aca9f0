"""Whose a resource is."""

from collections.abc import Iterator, Mapping
from typing import Any

from known import Unknown, value_at
from rule import Finding, Level, Resource, Rule, Setting, Severity

TAGGED = (
    "aws:apigatewayv2/api:Api",
    "aws:bedrock/agentAgent:AgentAgent",
    "aws:bedrock/guardrail:Guardrail",
    "aws:cloudfront/distribution:Distribution",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cognito/userPool:UserPool",
    "aws:dynamodb/table:Table",
    "aws:iam/role:Role",
    "aws:kms/key:Key",
    "aws:lambda/function:Function",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketV2:BucketV2",
    "aws:sfn/stateMachine:StateMachine",
    "aws:sns/topic:Topic",
    "aws:sqs/queue:Queue",
)
"""Types of AWS that cost money or hold data, and take tags."""

LABELLED = (
    "gcp:bigquery/dataset:Dataset",
    "gcp:cloudfunctionsv2/function:Function",
    "gcp:cloudrunv2/job:Job",
    "gcp:cloudrunv2/service:Service",
    "gcp:pubsub/subscription:Subscription",
    "gcp:pubsub/topic:Topic",
    "gcp:secretmanager/secret:Secret",
    "gcp:storage/bucket:Bucket",
)


def _tags(resource: Resource) -> Any:
    own, default = ("tags", "defaultTags.tags") if resource.type in TAGGED else ("labels", "defaultLabels")
    merged: dict[str, Any] = {}
    for value in (
        value_at(resource.provider, default),
        resource.properties.get(own),
        resource.properties.get("tagsAll"),
    ):
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Mapping):
            merged.update(value)
    return merged


def _required(resource: Resource) -> Iterator[Finding]:
    tags = _tags(resource)
    if isinstance(tags, Unknown):
        yield tags
        return
    missing = [name for name in resource.settings["names"] if not tags.get(name)]
    if missing:
        yield f"{'tags' if resource.type in TAGGED else 'labels'} lack {', '.join(missing)}"


def _remedy(resource: Resource) -> Mapping[str, Any]:
    name = "tags" if resource.type in TAGGED else "labels"
    given = resource.properties.get(name) or {}
    values = resource.settings["remedy_values"]
    added = {each: values[each] for each in resource.settings["names"] if each in values and each not in given}
    return {name: {**given, **added}} if added and isinstance(given, Mapping) else {}


RULES = (
    Rule(
        id="required-tags",
        title="Resources say whose they are",
        why="A cost or an incident without an owner waits until somebody guesses.",
        mend="Set them once, in the provider's default_tags or default_labels.",
        severity=Severity.LOW,
        frameworks=(),
        types=(*TAGGED, *LABELLED),
        check=_required,
        level=Level.ADVISORY,
        settings={
            "names": Setting({"type": "array", "items": {"type": "string"}}, ["project", "environment"]),
            "remedy_values": Setting({"type": "object", "additionalProperties": {"type": "string"}}, {}),
        },
        remedy=_remedy,
    ),
)
