"""The facts about Google Cloud types: every path is a property of the installed SDK, every type can be recorded."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from plugin_calls import RecordingSandbox

from pulumi_sandbox.plugin import recorded
from pulumi_sandbox.plugin.cloud import SandboxCloud
from pulumi_sandbox.plugin.facts import FACTS_FOLDER, UnmodelledTypeError, modelled, type_facts
from pulumi_sandbox.plugin.schema import Type, object_properties, resource_schema, tokens

IN_SDK = sorted(modelled("gcp") & tokens("gcp"))


def described() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for file in sorted((FACTS_FOLDER / "gcp").glob("*.json")):
        for token, entry in json.loads(file.read_text()).items():
            if token.count(":") == 2:
                assert token.split(":")[1].split("/")[0] == file.stem
                yield token, entry


def exists(token: str, path: str) -> bool:
    properties = resource_schema(token).inputs
    for part in path.split("."):
        known = properties.get(part.removesuffix("[]"))
        if known is None:
            return False
        kind: Type = known.type
        while kind.element is not None:
            kind = kind.element
        properties = object_properties(kind) if kind.kind == "object" else {}
    return True


@pytest.mark.parametrize(
    ("token", "entry"), list(described()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_facts_fit_the_sdk(token: str, entry: Mapping[str, Any]) -> None:
    assert entry["source"]
    assert entry["id"]
    assert set(entry.get("outputs", {})) <= set(resource_schema(token).outputs)
    assert [path for path in entry.get("properties", {}) if not exists(token, path)] == []
    for about in entry.get("properties", {}).values():
        re.compile(about.get("pattern", ""))
        if "enum" in about and "default" in about:
            assert about["default"] in about["enum"]


def test_almost_every_replacing_property_is_an_input_of_the_sdk() -> None:
    """The list is of the compiled schema; what the SDK renames would silently not replace."""
    missing = [
        (token, path)
        for token in IN_SDK
        for path, about in type_facts(token).properties.items()
        if about.get("replace") and "." not in path and path not in resource_schema(token).inputs
    ]
    assert missing == []


def test_types_that_are_newer_than_the_list_are_refused() -> None:
    with pytest.raises(UnmodelledTypeError, match="gcp:storage/ftpServer:FtpServer"):
        type_facts("gcp:storage/ftpServer:FtpServer")


def sample(kind: Type, name: str) -> Any:
    scalars = {"string": f"{name}-v", "integer": 1, "number": 1, "boolean": True}
    return scalars.get(kind.kind, [] if kind.kind == "list" else {})


def test_every_type_can_be_recorded(sandbox: RecordingSandbox) -> None:
    cloud = SandboxCloud(sandbox.url, {"project": "shop", "region": "europe-west1", "zone": "europe-west1-b"})
    given = {"name", "location", "topic", "apiConfigId", "siteId", "projectId", "secretId", "accountId"}
    for token in IN_SDK:
        schema = resource_schema(token)
        inputs = {
            name: sample(known.type, name) for name, known in schema.inputs.items() if known.required or name in given
        }
        made = recorded.handler(schema, type_facts(token)).create(cloud, inputs)
        assert made.id, token
        assert "{" not in made.id, token
        # Old outputs must hold it, or a false replacement on it would appear.
        if schema.is_computed("project") and "project" not in inputs:
            assert made.outputs["project"] == "shop", token
