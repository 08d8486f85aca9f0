"""What the tests share: a cloud in a sandbox, and the life of a resource that every handler must lead."""

import copy
import functools
from dataclasses import dataclass
from typing import Any

import boto3

from pulumi_sandbox.aws.handlers.agreement import agrees
from pulumi_sandbox.plugin.handler import Properties, Resource
from pulumi_sandbox.plugin.handlers import handler_for
from pulumi_sandbox.plugin.schema import resource_schema


@dataclass(frozen=True)
class SandboxCloud:
    url: str
    region: str = "eu-central-1"
    account_id: str = "123456789012"
    partition: str = "aws"

    @property
    def endpoint(self) -> str:
        return self.url

    @property
    def places(self) -> dict[str, str]:
        return {"region": self.region, "account": self.account_id, "partition": self.partition}

    @functools.cache  # noqa: B019 - one cloud a test run
    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=self.region,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
        )


def tagged(inputs: Properties, **default_tags: str) -> Properties:
    """Add what the framework adds to inputs: the tags merged with the provider's default tags."""
    return {**inputs, "tagsAll": {**default_tags, **inputs.get("tags", {})}}


def assert_declared(token: str, outputs: Properties) -> None:
    """Every output is a property of the installed SDK's class."""
    unknown = set(outputs) - set(resource_schema(token).outputs)
    assert not unknown, f"{token}: not outputs of the SDK: {sorted(unknown)}"


def create(cloud: SandboxCloud, token: str, inputs: Properties) -> Resource:
    """Create, and check what holds for every resource: state and API agree at once and after a read."""
    resource = handler_for(token).create(cloud, copy.deepcopy(inputs))
    assert_declared(token, resource.outputs)
    for name, value in inputs.items():
        if name in resource_schema(token).outputs:
            assert agrees(value, resource.outputs.get(name)), f"{name}: {value} became {resource.outputs.get(name)}"
    again = handler_for(token).read(cloud, resource.id, copy.deepcopy(inputs))
    assert again is not None
    assert again.outputs == resource.outputs
    assert again.id == resource.id
    return Resource(resource.id, resource.outputs, inputs)


def update(cloud: SandboxCloud, token: str, resource: Resource, inputs: Properties) -> Resource:
    """Update in place, and check that the state says what the new inputs say, by a fresh read too."""
    change = handler_for(token).update
    assert change is not None
    outputs = dict(change(cloud, resource, copy.deepcopy(inputs)))
    assert_declared(token, outputs)
    for name, value in inputs.items():
        if name in resource_schema(token).outputs:
            assert agrees(value, outputs.get(name)), f"{name}: {value} became {outputs.get(name)}"
    again = handler_for(token).read(cloud, resource.id, copy.deepcopy(inputs))
    assert again is not None
    assert again.outputs == outputs
    return Resource(resource.id, outputs, inputs)


def imported(cloud: SandboxCloud, token: str, import_id: str, resource: Resource) -> Resource:
    """Read without inputs, as an import does: the same resource, and inputs that agree with its state."""
    found = handler_for(token).read(cloud, import_id, {})
    assert found is not None, f"{token}: import of {import_id} found nothing"
    assert found.id == resource.id
    assert found.inputs, "an import must say the inputs"
    required = [name for name, prop in resource_schema(token).inputs.items() if prop.required]
    assert not [name for name in required if name not in found.inputs]
    for name, value in found.inputs.items():
        assert agrees(value, found.outputs.get(name)), name
    return found


def delete(cloud: SandboxCloud, token: str, resource: Resource) -> None:
    """Delete, read that it is gone, and delete again."""
    handler_for(token).delete(cloud, resource)
    assert handler_for(token).read(cloud, resource.id, resource.inputs) is None
    handler_for(token).delete(cloud, resource)
