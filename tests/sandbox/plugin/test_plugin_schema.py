import json

import pytest

from pulumi_sandbox.plugin import package_schema
from pulumi_sandbox.plugin.facts import modelled
from pulumi_sandbox.plugin.schema import (
    UnknownTypeError,
    object_properties,
    provider_schema,
    resource_schema,
    tokens,
)


def test_names_types_and_requirement_come_from_the_sdk() -> None:
    schema = resource_schema("aws:lambda/function:Function")
    assert schema.inputs["role"].required
    assert not schema.inputs["timeout"].required
    assert schema.inputs["memorySize"].python_name == "memory_size"
    assert schema.inputs["memorySize"].type.kind == "integer"
    assert schema.inputs["code"].type.kind == "archive"
    assert schema.inputs["tags"].type.kind == "map"
    variables = object_properties(schema.inputs["environment"].type)["variables"].type
    assert (variables.kind, variables.element and variables.element.kind) == ("map", "string")


def test_nested_objects_and_lists() -> None:
    attributes = resource_schema("aws:dynamodb/table:Table").inputs["attributes"].type
    assert attributes.kind == "list"
    assert attributes.element is not None
    assert {name for name, known in object_properties(attributes.element).items() if known.required} == {"name", "type"}


def test_enumerations_are_strings_and_policies_take_objects() -> None:
    assert resource_schema("aws:lambda/function:Function").inputs["runtime"].type.kind == "string"
    policy = resource_schema("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"].type
    assert (policy.kind, policy.document) == ("string", True)


def test_what_the_cloud_fills_in_is_computed() -> None:
    schema = resource_schema("aws:sqs/queue:Queue")
    assert schema.is_computed("arn")
    assert schema.is_computed("kmsDataKeyReusePeriodSeconds")
    assert not schema.is_computed("visibilityTimeoutSeconds")
    assert not schema.is_computed("nothing")


def test_secret_outputs() -> None:
    assert resource_schema("aws:cognito/userPoolClient:UserPoolClient").secret_outputs == {"clientSecret"}
    assert "effectiveLabels" in resource_schema("gcp:storage/bucket:Bucket").secret_outputs


def test_args_class_with_an_unusual_name() -> None:
    versioning = resource_schema("aws:s3/bucketVersioning:BucketVersioning")
    assert {"bucket", "versioningConfiguration"} <= set(versioning.inputs)


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(UnknownTypeError, match="aws:sqs/queue:Qeue is not a resource type of pulumi_aws"):
        resource_schema("aws:sqs/queue:Qeue")


@pytest.mark.parametrize("package", ["aws", "gcp"])
def test_every_modelled_type_of_the_sdk_can_be_read(package: str) -> None:
    known = tokens(package)
    # A few types of the compiled gcp schema are not in this version of the SDK.
    readable = [token for token in modelled(package) if token in known]
    assert len(readable) > (1300 if package == "gcp" else 30)
    assert all(resource_schema(token).outputs for token in readable)


def test_provider_configuration_is_read_too() -> None:
    assert provider_schema("aws")["defaultTags"].type.kind == "object"
    assert provider_schema("gcp")["project"].type.kind == "string"


def test_the_package_schema_resolves_all_its_references() -> None:
    schema = json.loads(package_schema.as_json("aws"))
    queue = schema["resources"]["aws:sqs/queue:Queue"]
    assert queue["inputProperties"]["delaySeconds"] == {"type": "integer"}
    references = {
        value.removeprefix("#/types/")
        for value in json.dumps(schema).replace('"', "\n").splitlines()
        if value.startswith("#/types/")
    }
    assert references
    assert references <= set(schema["types"])
