"""Registers the resources of `cases.json`, a list of [logical name, type, inputs, options], and nothing else."""

import json
from pathlib import Path
from typing import Any

import pulumi


class Recorded(pulumi.CustomResource):
    """A resource of any type."""

    arn: pulumi.Output[str]

    def __init__(self, kind: str, name: str, inputs: dict[str, Any], options: dict[str, Any]) -> None:
        self.given = inputs
        super().__init__(kind, name, {"arn": None, **inputs}, pulumi.ResourceOptions(**options))


made: dict[str, Recorded] = {}


def document(arn: str, action: str, condition: dict[str, Any]) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": arn, **condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def output(reference: str) -> Any:
    """`name.property`, or what a text after `|` makes of it."""
    place, _, wanted = reference.partition("|")
    name, _, property_name = place.rpartition(".")
    resource = made[name]
    value = resource.given[property_name] if property_name in resource.given else getattr(resource, property_name)
    if property_name in resource.given:
        # As with a provider's output: it is known, and where it is from is known too.
        value = resource.urn.apply(lambda _: resource.given[property_name])
    if wanted == "redrive":
        return value.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5}))
    if wanted.startswith("policy:"):
        return value.apply(lambda arn: document(arn, wanted.removeprefix("policy:"), {}))
    if wanted.startswith("tenant-policy:"):
        keys = {"Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant}"]}}}
        return value.apply(lambda arn: document(arn, wanted.removeprefix("tenant-policy:"), keys))
    return value


def resolved(value: Any) -> Any:
    if isinstance(value, dict):
        return (
            output(value["$ref"]) if set(value) == {"$ref"} else {name: resolved(each) for name, each in value.items()}
        )
    return [resolved(each) for each in value] if isinstance(value, list) else value


for name, kind, inputs, options in json.loads(Path("cases.json").read_text()):
    made[name] = Recorded(kind, name, resolved(inputs), options)
