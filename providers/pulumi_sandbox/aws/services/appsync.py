"""AppSync: GraphQL APIs with their schemas, Lambda data sources and unit resolvers, and their tags."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType

from pulumi_sandbox.aws import graphql
from pulumi_sandbox.aws.graphql import authorization, store
from pulumi_sandbox.aws.graphql.javascript import InvalidCodeError, check_code
from pulumi_sandbox.aws.graphql.schemas import InvalidSchemaError, read_schema

from .control_plane import page, permissions_for, random_id
from .rest_json import Call, ServiceError, routes_for

SIGNING_NAME = "appsync"
_CONFIGS = {"OPENID_CONNECT": "openIDConnectConfig", "AMAZON_COGNITO_USER_POOLS": "userPoolConfig"}
_DEFAULTS: Mapping[str, Any] = {
    "apiType": "GRAPHQL",
    "introspectionConfig": "ENABLED",
    "queryDepthLimit": 0,
    "resolverCountLimit": 0,
    "visibility": "GLOBAL",
    "xrayEnabled": False,
}


def _bad(message: str) -> ServiceError:
    return ServiceError("BadRequestException", message)


def _absent(what: str) -> ServiceError:
    return ServiceError("NotFoundException", f"{what} not found.")


def _api(call: Call) -> dict[str, Any]:
    api = store.apis.get(call.parameters["apiId"])
    if api is None:
        raise _absent(f"GraphQL API {call.parameters['apiId']}")
    return api


# -- APIs --------------------------------------------------------------------------------------------------


def _settings(call: Call) -> dict[str, Any]:
    """Return what a call sets of an API; whatever it leaves out has its default."""
    asked = {name: value for name, value in call.parameters.items() if name not in ("apiId", "tags")}
    kind = asked["authenticationType"]
    if kind not in authorization.TYPES or asked.get("additionalAuthenticationProviders"):
        known = " or ".join(authorization.TYPES)
        raise _bad(f"The sandbox's AppSync checks tokens of one provider, by {known}; {kind} it does not.")
    config = _CONFIGS[kind]
    if config not in asked:
        raise _bad(f"{config} is needed for the authentication type {kind}.")
    if asked.get("apiType", "GRAPHQL") != "GRAPHQL" or asked.get("visibility", "GLOBAL") != "GLOBAL":
        raise _bad("The sandbox has GraphQL APIs that are no merged ones, and public ones alone.")
    return {**_DEFAULTS, **asked}


def _create_api(call: Call) -> dict[str, Any]:
    settings, api_id = _settings(call), random_id(26)
    api = {
        **settings,
        "apiId": api_id,
        "arn": call.arn(f"apis/{api_id}", "appsync"),
        "owner": call.account,
        "tags": dict(call.parameters.get("tags", {})),
    }
    store.apis[api_id] = api
    store.apis[api_id] = api = api | {"uris": {"GRAPHQL": graphql.open_api(api_id)}}
    return {"graphqlApi": api}


def _get_api(call: Call) -> dict[str, Any]:
    return {"graphqlApi": _api(call)}


def _update_api(call: Call) -> dict[str, Any]:
    old = _api(call)
    kept = {name: old[name] for name in ("apiId", "arn", "owner", "tags", "uris", "apiType", "visibility")}
    store.apis[old["apiId"]] = new = {**_settings(call), **kept}
    return {"graphqlApi": new}


def _delete_api(call: Call) -> dict[str, Any]:
    api_id = _api(call)["apiId"]
    store.forget(api_id)
    graphql.close_api(api_id)
    return {}


def _list_apis(call: Call) -> dict[str, Any]:
    return page(list(store.apis.snapshot().values()), "graphqlApis", call.parameters, most=25)


# -- Schemas -----------------------------------------------------------------------------------------------


def _start_schema(call: Call) -> dict[str, Any]:
    api_id = _api(call)["apiId"]
    definition = call.parameters["definition"].decode()
    try:
        read_schema(definition)
    except InvalidSchemaError as error:
        store.schemas[api_id] = {"definition": definition, "status": "FAILED", "details": str(error)}
    else:
        store.schemas[api_id] = {"definition": definition, "status": "SUCCESS", "details": "Schema created."}
    return {"status": "PROCESSING"}


def _schema_status(call: Call) -> dict[str, Any]:
    found = store.schemas.get(_api(call)["apiId"])
    return {"status": found["status"], "details": found["details"]} if found else {"status": "NOT_APPLICABLE"}


# -- Data sources ------------------------------------------------------------------------------------------


def _data_source(call: Call) -> dict[str, Any]:
    api, asked = _api(call), {name: value for name, value in call.parameters.items() if name != "apiId"}
    if asked["type"] != "AWS_LAMBDA" or "lambdaConfig" not in asked:
        raise _bad(
            f"The sandbox's AppSync has data sources of type AWS_LAMBDA alone, with a lambdaConfig, not {asked}."
        )
    if "serviceRoleArn" not in asked:
        raise _bad("A data source of type AWS_LAMBDA needs a serviceRoleArn.")
    return {**asked, "dataSourceArn": f"{api['arn']}/datasources/{asked['name']}"}


def _create_source(call: Call) -> dict[str, Any]:
    source = _data_source(call)
    key = f"{call.parameters['apiId']}/{source['name']}"
    if key in store.sources:
        raise _bad(f"Data source with name {source['name']} already exists")
    store.sources[key] = source
    return {"dataSource": source}


def _source_key(call: Call) -> str:
    key = f"{_api(call)['apiId']}/{call.parameters['name']}"
    if key not in store.sources:
        raise _absent(f"Data source {call.parameters['name']}")
    return key


def _get_source(call: Call) -> dict[str, Any]:
    return {"dataSource": store.sources[_source_key(call)]}


def _update_source(call: Call) -> dict[str, Any]:
    store.sources[_source_key(call)] = source = _data_source(call)
    return {"dataSource": source}


def _delete_source(call: Call) -> dict[str, Any]:
    key, api = _source_key(call), store.find_api(call.parameters["apiId"])
    if api and any(each["dataSourceName"] == call.parameters["name"] for each in api.resolvers.values()):
        raise _bad(f"Cannot delete data source {call.parameters['name']} since it is used by a resolver")
    del store.sources[key]
    return {}


# -- Resolvers ---------------------------------------------------------------------------------------------


def _resolver(call: Call) -> dict[str, Any]:
    _api(call)
    asked = {name: value for name, value in call.parameters.items() if name != "apiId"}
    api = store.find_api(call.parameters["apiId"])
    if api is None or api.definition is None:
        raise _absent("Schema")
    kind = read_schema(api.definition).get_type(asked["typeName"])
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        raise _absent(f"Type {asked['typeName']}")
    if asked["fieldName"] not in kind.fields:
        raise ServiceError("NotFoundException", f"No field named {asked['fieldName']} found on type {kind.name}")
    if asked.get("kind", "UNIT") != "UNIT" or {"requestMappingTemplate", "responseMappingTemplate"} & set(asked):
        raise _bad("The sandbox's AppSync has unit resolvers alone, with code in APPSYNC_JS or with none.")
    if asked.get("dataSourceName") not in api.sources:
        raise ServiceError("NotFoundException", f"No data source found named {asked.get('dataSourceName')}")
    if ("code" in asked) != ("runtime" in asked):
        raise _bad("Code and runtime go together.")
    if code := asked.get("code"):
        try:
            check_code(code)
        except InvalidCodeError as error:
            raise _bad(f"The code contains one or more errors. ({error})") from error
    place = f"{api.arn}/types/{kind.name}/resolvers/{asked['fieldName']}"
    return {"kind": "UNIT", "maxBatchSize": 0, **asked, "resolverArn": place}


def _resolver_key(call: Call) -> str:
    return "/".join((call.parameters["apiId"], call.parameters["typeName"], call.parameters["fieldName"]))


def _found_resolver(call: Call) -> dict[str, Any]:
    _api(call)
    found = store.resolvers.get(_resolver_key(call))
    if found is None:
        raise ServiceError("NotFoundException", f"No resolver found for {_resolver_key(call)}.")
    return found


def _create_resolver(call: Call) -> dict[str, Any]:
    resolver = _resolver(call)
    if _resolver_key(call) in store.resolvers:
        raise _bad(f"Only one resolver is allowed per field: {_resolver_key(call)}")
    store.resolvers[_resolver_key(call)] = resolver
    return {"resolver": resolver}


def _get_resolver(call: Call) -> dict[str, Any]:
    return {"resolver": _found_resolver(call)}


def _update_resolver(call: Call) -> dict[str, Any]:
    _found_resolver(call)
    store.resolvers[_resolver_key(call)] = resolver = _resolver(call)
    return {"resolver": resolver}


def _delete_resolver(call: Call) -> dict[str, Any]:
    _found_resolver(call)
    store.resolvers.pop(_resolver_key(call), None)
    return {}


# -- Tags --------------------------------------------------------------------------------------------------


def _tagged(call: Call, change: Callable[[dict[str, str]], dict[str, str]]) -> dict[str, str]:
    api = store.apis.get(call.parameters["resourceArn"].rpartition("/")[2])
    if api is None:
        raise _absent(call.parameters["resourceArn"])
    changed = change(api["tags"])
    if changed != api["tags"]:
        store.apis[api["apiId"]] = {**api, "tags": changed}
    return changed


def _tag(call: Call) -> dict[str, Any]:
    _tagged(call, lambda tags: {**tags, **call.parameters["tags"]})
    return {}


def _untag(call: Call) -> dict[str, Any]:
    gone = call.parameters["tagKeys"]
    _tagged(call, lambda tags: {name: value for name, value in tags.items() if name not in gone})
    return {}


def _list_tags(call: Call) -> dict[str, Any]:
    return {"tags": _tagged(call, lambda tags: tags)}


def _resource(_operation: str, labels: Mapping[str, str], caller: Any) -> list[str]:
    if "resourceArn" in labels:
        return [labels["resourceArn"]]
    place = f"arn:aws:appsync:{caller.region}:{caller.account}:apis"
    return [f"{place}/{labels['apiId']}"] if "apiId" in labels else ["*"]


routes = routes_for(
    "appsync",
    {
        # Longer paths first: the model does not say that an API's id has no slash.
        "StartSchemaCreation": _start_schema,
        "GetSchemaCreationStatus": _schema_status,
        "CreateDataSource": _create_source,
        "GetDataSource": _get_source,
        "UpdateDataSource": _update_source,
        "DeleteDataSource": _delete_source,
        "CreateResolver": _create_resolver,
        "GetResolver": _get_resolver,
        "UpdateResolver": _update_resolver,
        "DeleteResolver": _delete_resolver,
        "CreateGraphqlApi": _create_api,
        "GetGraphqlApi": _get_api,
        "UpdateGraphqlApi": _update_api,
        "DeleteGraphqlApi": _delete_api,
        "ListGraphqlApis": _list_apis,
        "TagResource": _tag,
        "UntagResource": _untag,
        "ListTagsForResource": _list_tags,
    },
)
actions = permissions_for(routes, "appsync", _resource)
