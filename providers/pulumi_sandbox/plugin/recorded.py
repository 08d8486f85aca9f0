"""Resources that have no data plane in the sandbox: kept as they were declared, with realistic computed outputs."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pulumi_sandbox.plugin import coerce, endpoint, templates
from pulumi_sandbox.plugin.assets import Archive, Asset, content_hash
from pulumi_sandbox.plugin.cloud import SandboxCloud
from pulumi_sandbox.plugin.errors import UserError
from pulumi_sandbox.plugin.facts import TypeFacts, package_templates
from pulumi_sandbox.plugin.handler import Handler, Properties, Resource
from pulumi_sandbox.plugin.schema import ResourceSchema

_IAM = ("role", "member", "members", "policyData")
_PROTECTIONS = (("deletionProtection", True), ("deletionPolicy", "PREVENT"))


def handler(schema: ResourceSchema, facts: TypeFacts) -> Handler:
    """Return the handler of a recorded type, made from its id and output templates."""

    def create(cloud: Any, inputs: Properties) -> Resource:
        values = _values(cloud, schema, _storable(inputs))
        resource_id = str(templates.fill(_id_template(facts, schema), values))
        path = _path(schema.token, resource_id)
        if endpoint.request_json(cloud.endpoint, "GET", path) is not None:
            raise UserError(
                f"{resource_id} exists already: choose another name, import it, or delete it where it is declared"
            )
        outputs = _outputs(schema, facts, {**values, "id": resource_id}, inputs)
        endpoint.request_json(cloud.endpoint, "PUT", path, {"inputs": _storable(inputs), "outputs": outputs})
        return Resource(resource_id, outputs, inputs)

    def read(cloud: Any, resource_id: str, inputs: Properties) -> Resource | None:
        found = endpoint.request_json(cloud.endpoint, "GET", _path(schema.token, resource_id))
        if found is None:
            return None
        return Resource(resource_id, found["outputs"], inputs or found["inputs"])

    def update(cloud: Any, resource: Resource, inputs: Properties) -> Mapping[str, Any]:
        values = {**_values(cloud, schema, _storable(inputs)), "id": resource.id}
        changing = package_templates(facts.token).get("volatile", ())
        kept = {
            name: value
            for name, value in resource.outputs.items()
            if name not in resource.inputs and name not in changing
        }
        outputs = {**_outputs(schema, facts, values, inputs), **kept, **_storable(inputs)}
        path = _path(schema.token, resource.id)
        endpoint.request_json(cloud.endpoint, "PUT", path, {"inputs": _storable(inputs), "outputs": outputs})
        return outputs

    def delete(cloud: Any, resource: Resource) -> None:
        if resource.outputs.get("deletionPolicy") == "ABANDON":
            return
        for name, value in _PROTECTIONS:
            if resource.outputs.get(name) == value:
                raise UserError(
                    f"{resource.id} is protected: set {name} to another value than {value!r}, deploy, retry"
                )
        endpoint.request_json(cloud.endpoint, "DELETE", _path(schema.token, resource.id))

    return Handler(create, read, update, delete)


def _path(token: str, resource_id: str) -> str:
    return f"/_sandbox/recorded/{quote(token, safe='')}/{quote(resource_id, safe='')}"


def _storable(value: Any) -> Any:
    """Return ``value`` as JSON can hold it: of an asset, its hash."""
    if isinstance(value, Asset | Archive):
        return {"hash": content_hash(value)}
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


def _values(cloud: SandboxCloud, schema: ResourceSchema, inputs: Properties) -> dict[str, Any]:
    """Return what the templates of a type may name."""
    module, _, name = schema.token.partition(":")[2].partition("/")
    own_id = f"{name.partition(':')[0]}Id"
    scope = next((known for known in schema.inputs.values() if known.required and known.name not in _IAM), None)
    return {
        **cloud.places,
        **inputs,
        "service": module,
        "collection": _plural(name.partition(":")[0]),
        "own_id": inputs.get(own_id),
        "scope": inputs.get(scope.name) if scope else cloud.places.get("project"),
        "random": uuid.uuid4().hex,
        "now": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "ch")):
        return f"{word}es"
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"


def _id_template(facts: TypeFacts, schema: ResourceSchema) -> str:
    if facts.id:
        return facts.id
    own_id = f"{schema.token.rpartition('/')[2].partition(':')[0]}Id"
    for rule in package_templates(facts.token).get("ids", ()):
        if all(name.replace("<type>Id", own_id) in schema.inputs for name in rule["with"]):
            return rule["id"]
    raise UserError(f"the sandbox does not know what identifies a {facts.token}; add an id template to its facts")


def _outputs(schema: ResourceSchema, facts: TypeFacts, values: Mapping[str, Any], inputs: Properties) -> dict[str, Any]:
    """Return inputs and computed outputs: by the type's own templates, then by those common to the package."""
    outputs = dict(_storable(inputs))
    for name, template in facts.outputs.items():
        if outputs.get(name) is None:
            outputs[name] = _typed(schema, name, templates.fill(template, {**values, **outputs}))
    for name, template in package_templates(facts.token).get("outputs", {}).items():
        if outputs.get(name) is None and schema.is_computed(name):
            try:
                outputs[name] = _typed(schema, name, templates.fill(template, {**values, **outputs}))
            except UserError:  # a common template that does not fit this type: its output stays absent
                continue
    return outputs


def _typed(schema: ResourceSchema, name: str, value: Any) -> Any:
    """Return a filled template, which is text, as the number or boolean that the output is."""
    declared = schema.outputs.get(name)
    if declared is None or declared.type.kind not in ("integer", "number", "boolean"):
        return value
    return coerce.scalar(value, declared.type)
