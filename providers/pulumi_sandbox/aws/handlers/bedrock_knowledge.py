"""Bedrock knowledge bases and their data sources."""

from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.aws.handlers.waiting import until
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

KNOWLEDGE_BASE = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase"
DATA_SOURCE = "aws:bedrock/agentDataSource:AgentDataSource"

_FOR_THE_STATE_ALONE = ("tags", "timeouts", "region", "tagsAll")


def _client(cloud: Cloud) -> Any:
    return cloud.client("bedrock-agent")


def _own(inputs: Properties) -> Properties:
    return {name: value for name, value in inputs.items() if name not in _FOR_THE_STATE_ALONE}


def _get_base(client: Any, base_id: str) -> dict[str, Any] | None:
    answer = found(client.get_knowledge_base, knowledgeBaseId=base_id)
    return answer["knowledgeBase"] if answer else None


def _wait_base(client: Any, base_id: str, wanted: str) -> None:
    until(
        f"knowledge base {base_id}",
        lambda: _get_base(client, base_id),
        lambda base: base["status"],
        wanted=(wanted,),
        pending=("CREATING", "UPDATING", "DELETING"),
    )


def _create_base(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    arguments = shapes.arguments(client, "create_knowledge_base", _own(inputs))
    own_tags = inputs.get("tagsAll") or {}
    answer = client.create_knowledge_base(**arguments, **({"tags": own_tags} if own_tags else {}))
    base_id = answer["knowledgeBase"]["knowledgeBaseId"]
    return state.finish(cloud, _read_base, base_id, inputs, lambda: _wait_base(client, base_id, "ACTIVE"))


def _read_base(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = _client(cloud)
    base = _get_base(client, resource_id)
    if base is None:
        return None
    values = shapes.properties(KNOWLEDGE_BASE, base, {"arn": "knowledgeBaseArn"})
    own_tags = client.list_tags_for_resource(resourceArn=base["knowledgeBaseArn"]).get("tags")
    values |= tags.outputs(inputs, own_tags)
    values.setdefault("failureReasons", [])
    outputs = state.describe(cloud, KNOWLEDGE_BASE, inputs, values, unreadable=("timeouts",))
    return state.resource(KNOWLEDGE_BASE, resource_id, inputs, outputs)


def _update_base(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, base_id = _client(cloud), resource.id
    arguments = shapes.arguments(client, "update_knowledge_base", _own(inputs))

    def write() -> None:
        client.update_knowledge_base(knowledgeBaseId=base_id, **arguments)
        _wait_base(client, base_id, "ACTIVE")

    def retag() -> None:
        tags.sync(client, resource.outputs["arn"], resource.outputs.get("tagsAll"), inputs.get("tagsAll"))

    steps = (write, retag) if state.changed(resource, inputs, "name", "description", "roleArn") else (retag,)
    return state.finish(cloud, _read_base, base_id, inputs, *steps).outputs


def _delete_base(cloud: Cloud, resource: Resource) -> None:
    client = _client(cloud)
    remove(client.delete_knowledge_base, knowledgeBaseId=resource.id)
    _wait_base(client, resource.id, "GONE")


# -- Data sources --------------------------------------------------------------------------------------


def _get_source(client: Any, source_id: str, base_id: str) -> dict[str, Any] | None:
    answer = found(client.get_data_source, dataSourceId=source_id, knowledgeBaseId=base_id)
    return answer["dataSource"] if answer else None


def _create_source(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    answer = client.create_data_source(**shapes.arguments(client, "create_data_source", _own(inputs)))
    source_id, base_id = answer["dataSource"]["dataSourceId"], inputs["knowledgeBaseId"]
    return state.finish(
        cloud,
        _read_source,
        f"{source_id},{base_id}",
        inputs,
        lambda: until(
            f"data source {source_id}",
            lambda: _get_source(client, source_id, base_id),
            lambda source: source["status"],
            wanted=("AVAILABLE",),
            pending=("CREATING", "UPDATING"),
        ),
    )


def _split(resource_id: str) -> tuple[str, str]:
    source_id, _, base_id = resource_id.partition(",")
    if not source_id or not base_id:
        raise ValueError(f"import id {resource_id!r}: write data-source-id,knowledge-base-id")
    return source_id, base_id


def _read_source(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    source = _get_source(_client(cloud), *_split(resource_id))
    if source is None:
        return None
    values = shapes.properties(DATA_SOURCE, source)
    values = {name: value for name, value in values.items() if value not in ({}, [])}
    outputs = state.describe(cloud, DATA_SOURCE, inputs, values, unreadable=("timeouts",))
    return state.resource(DATA_SOURCE, resource_id, inputs, outputs)


def _update_source(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = _client(cloud)
    source_id, _ = _split(resource.id)
    arguments = shapes.arguments(client, "update_data_source", _own(inputs))
    # The call sets everything anew, so what was left to the service is sent as it is.
    policy = inputs.get("dataDeletionPolicy") or resource.outputs.get("dataDeletionPolicy")
    if policy:
        arguments["dataDeletionPolicy"] = policy
    return state.finish(
        cloud,
        _read_source,
        resource.id,
        inputs,
        lambda: client.update_data_source(**arguments, dataSourceId=source_id),
    ).outputs


def _delete_source(cloud: Cloud, resource: Resource) -> None:
    client = _client(cloud)
    source_id, base_id = _split(resource.id)
    remove(client.delete_data_source, dataSourceId=source_id, knowledgeBaseId=base_id)
    until(
        f"data source {source_id}",
        lambda: _get_source(client, source_id, base_id),
        lambda source: source["status"],
        wanted=("GONE",),
        pending=("AVAILABLE", "DELETING"),
    )


HANDLERS = {
    KNOWLEDGE_BASE: Handler(_create_base, _read_base, _update_base, _delete_base),
    DATA_SOURCE: Handler(_create_source, _read_source, _update_source, _delete_source),
}
