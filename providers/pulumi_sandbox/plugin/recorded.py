"""Resources that have no data plane in the sandbox: kept as they were declared, with realistic computed outputs."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pulumi_sandbox.plugin import endpoint, templates
from pulumi_sandbox.plugin.assets import Archive, Asset, content_hash
from pulumi_sandbox.plugin.cloud import SandboxCloud
from pulumi_sandbox.plugin.errors import UserError
from pulumi_sandbox.plugin.facts import TypeFacts, package_templates
from pulumi_sandbox.plugin.handler import Handler, Properties, Resource
from pulumi_sandbox.plugin.schema import ResourceSchema


def handler(schema: ResourceSchema, facts: TypeFacts) -> Handler:
    """Return the handler of a recorded type, made from its id and output templates."""

    def create(cloud: Any, inputs: Properties) -> Resource:
        values = {**cloud.places, **_storable(inputs)}
        resource_id = str(templates.fill(_id_template(facts, schema), values))
        path = _path(schema.token, resource_id)
        if endpoint.request_json(cloud.endpoint, "GET", path) is not None:
            raise UserError(
                f"{resource_id} exists already: choose another name, import it, or delete it where it is declared"
            )
        outputs = _outputs(cloud, schema, facts, inputs, resource_id)
        endpoint.request_json(cloud.endpoint, "PUT", path, {"inputs": _storable(inputs), "outputs": outputs})
        return Resource(resource_id, outputs, inputs)

    def read(cloud: Any, resource_id: str, inputs: Properties) -> Resource | None:
        found = endpoint.request_json(cloud.endpoint, "GET", _path(schema.token, resource_id))
        if found is None:
            return None
        return Resource(resource_id, found["outputs"], inputs or found["inputs"])

    def update(cloud: Any, resource: Resource, inputs: Properties) -> Mapping[str, Any]:
        kept = {name: value for name, value in resource.outputs.items() if name not in resource.inputs}
        outputs = {**kept, **_outputs(cloud, schema, facts, inputs, resource.id)}
        path = _path(schema.token, resource.id)
        endpoint.request_json(cloud.endpoint, "PUT", path, {"inputs": _storable(inputs), "outputs": outputs})
        return outputs

    def delete(cloud: Any, resource: Resource) -> None:
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


def _id_template(facts: TypeFacts, schema: ResourceSchema) -> str:
    if facts.id:
        return facts.id
    for rule in package_templates(facts.token).get("ids", ()):
        if all(name in schema.inputs for name in rule["with"]):
            return rule["id"]
    raise UserError(f"the sandbox does not know what identifies a {facts.token}; add an id template to its facts")


def _outputs(
    cloud: SandboxCloud, schema: ResourceSchema, facts: TypeFacts, inputs: Properties, resource_id: str
) -> dict[str, Any]:
    """Return inputs and computed outputs: by the type's own templates, then by those common to the package."""
    outputs = dict(_storable(inputs))
    values = {**cloud.places, **outputs, "id": resource_id, "type": facts.token}
    for name, template in facts.outputs.items():
        if outputs.get(name) is None:
            outputs[name] = values[name] = templates.fill(template, values)
    for name, template in package_templates(facts.token).get("outputs", {}).items():
        if name in schema.outputs and outputs.get(name) is None and schema.is_computed(name):
            try:
                outputs[name] = templates.fill(template, values)
            except UserError:  # a common template that does not fit this type; its output stays absent
                continue
    return outputs
