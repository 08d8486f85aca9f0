"""AppSync: GraphQL APIs, data sources and resolvers."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.aws.handlers.waiting import until
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

API = "aws:appsync/graphQLApi:GraphQLApi"
DATA_SOURCE = "aws:appsync/dataSource:DataSource"
RESOLVER = "aws:appsync/resolver:Resolver"

_API_NAMES = {"logConfig.cloudwatchLogsRoleArn": "cloudWatchLogsRoleArn"}
_SOURCE_NAMES = {"lambdaConfig.functionArn": "lambdaFunctionArn", "arn": "dataSourceArn"}
_RESOLVER_NAMES = {
    "type": "typeName",
    "field": "fieldName",
    "dataSource": "dataSourceName",
    "requestTemplate": "requestMappingTemplate",
    "responseTemplate": "responseMappingTemplate",
    "arn": "resolverArn",
}
_FOR_THE_STATE_ALONE = ("region", "tags", "tagsAll", "schema")


def _own(inputs: Properties) -> Properties:
    return {name: value for name, value in inputs.items() if name not in _FOR_THE_STATE_ALONE}


def _parts(resource_id: str, count: int) -> list[str]:
    parts = resource_id.split("-", count - 1)
    if len(parts) != count or not all(parts):
        raise ValueError(f"import id {resource_id!r}: expected {count} names joined by hyphens, the API's id first")
    return parts


# -- APIs --------------------------------------------------------------------------------------------------


def _api_arguments(client: Any, cloud: Cloud, operation: str, inputs: Properties) -> dict[str, Any]:
    given = shapes.arguments(client, operation, _own(inputs), _API_NAMES)
    if pool := given.get("userPoolConfig"):
        pool.setdefault("awsRegion", cloud.region)
    return given


def _put_schema(client: Any, api_id: str, definition: str | None) -> None:
    if not definition:
        return
    client.start_schema_creation(apiId=api_id, definition=definition.encode())
    details: list[str] = []

    def status() -> Mapping[str, Any]:
        answer = client.get_schema_creation_status(apiId=api_id)
        details[:] = [answer.get("details", "")]
        return answer

    try:
        until(
            f"the schema of {api_id}",
            status,
            lambda answer: answer["status"],
            wanted=("SUCCESS",),
            pending=("PROCESSING",),
        )
    except ValueError as error:
        raise ValueError(f"{error}: {''.join(details)}") from error


def _create_api(cloud: Cloud, inputs: Properties) -> Resource:
    client = cloud.client("appsync")
    arguments = _api_arguments(client, cloud, "create_graphql_api", inputs)
    own_tags = inputs.get("tagsAll") or {}
    answer = client.create_graphql_api(**arguments, **({"tags": own_tags} if own_tags else {}))
    api_id = answer["graphqlApi"]["apiId"]
    return state.finish(cloud, _read_api, api_id, inputs, lambda: _put_schema(client, api_id, inputs.get("schema")))


def _read_api(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    answer = found(cloud.client("appsync").get_graphql_api, apiId=resource_id)
    if answer is None:
        return None
    values = shapes.properties(API, answer["graphqlApi"], _API_NAMES)
    values |= tags.outputs(inputs, answer["graphqlApi"].get("tags"))
    # The provider does not read the schema back either.
    outputs = state.describe(cloud, API, inputs, values, unreadable=("schema",))
    return state.resource(API, resource_id, inputs, outputs)


def _update_api(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = cloud.client("appsync")

    def change() -> None:
        arguments = _api_arguments(client, cloud, "update_graphql_api", inputs)
        client.update_graphql_api(apiId=resource.id, **arguments)
        if state.changed(resource, inputs, "schema"):
            _put_schema(client, resource.id, inputs.get("schema"))

    def retag() -> None:
        tags.sync(client, resource.outputs["arn"], resource.outputs.get("tagsAll"), inputs.get("tagsAll"))

    return state.finish(cloud, _read_api, resource.id, inputs, change, retag).outputs


def _delete_api(cloud: Cloud, resource: Resource) -> None:
    remove(cloud.client("appsync").delete_graphql_api, apiId=resource.id)


# -- Data sources ------------------------------------------------------------------------------------------


def _create_source(cloud: Cloud, inputs: Properties) -> Resource:
    client = cloud.client("appsync")
    client.create_data_source(**shapes.arguments(client, "create_data_source", _own(inputs), _SOURCE_NAMES))
    return state.finish(cloud, _read_source, f"{inputs['apiId']}-{inputs['name']}", inputs)


def _read_source(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    api_id, name = _parts(resource_id, 2)
    answer = found(cloud.client("appsync").get_data_source, apiId=api_id, name=name)
    if answer is None:
        return None
    values = shapes.properties(DATA_SOURCE, answer["dataSource"], _SOURCE_NAMES) | {"apiId": api_id}
    return state.resource(DATA_SOURCE, resource_id, inputs, state.describe(cloud, DATA_SOURCE, inputs, values))


def _update_source(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, (api_id, name) = cloud.client("appsync"), _parts(resource.id, 2)
    given = shapes.arguments(client, "update_data_source", _own(inputs), _SOURCE_NAMES)
    return state.finish(
        cloud,
        _read_source,
        resource.id,
        inputs,
        lambda: client.update_data_source(**{**given, "apiId": api_id, "name": name}),
    ).outputs


def _delete_source(cloud: Cloud, resource: Resource) -> None:
    api_id, name = _parts(resource.id, 2)
    remove(cloud.client("appsync").delete_data_source, apiId=api_id, name=name)


# -- Resolvers ---------------------------------------------------------------------------------------------


def _create_resolver(cloud: Cloud, inputs: Properties) -> Resource:
    client = cloud.client("appsync")
    client.create_resolver(**shapes.arguments(client, "create_resolver", _own(inputs), _RESOLVER_NAMES))
    return state.finish(cloud, _read_resolver, f"{inputs['apiId']}-{inputs['type']}-{inputs['field']}", inputs)


def _read_resolver(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    api_id, kind, field = _parts(resource_id, 3)
    answer = found(cloud.client("appsync").get_resolver, apiId=api_id, typeName=kind, fieldName=field)
    if answer is None:
        return None
    values = shapes.properties(RESOLVER, answer["resolver"], _RESOLVER_NAMES) | {"apiId": api_id}
    return state.resource(RESOLVER, resource_id, inputs, state.describe(cloud, RESOLVER, inputs, values))


def _update_resolver(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = cloud.client("appsync")
    given = shapes.arguments(client, "update_resolver", _own(inputs), _RESOLVER_NAMES)
    return state.finish(cloud, _read_resolver, resource.id, inputs, lambda: client.update_resolver(**given)).outputs


def _delete_resolver(cloud: Cloud, resource: Resource) -> None:
    api_id, kind, field = _parts(resource.id, 3)
    remove(cloud.client("appsync").delete_resolver, apiId=api_id, typeName=kind, fieldName=field)


HANDLERS = {
    API: Handler(_create_api, _read_api, _update_api, _delete_api),
    DATA_SOURCE: Handler(_create_source, _read_source, _update_source, _delete_source),
    RESOLVER: Handler(_create_resolver, _read_resolver, _update_resolver, _delete_resolver),
}
