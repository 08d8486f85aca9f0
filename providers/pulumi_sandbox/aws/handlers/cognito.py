"""Cognito user pools and their clients."""

from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

POOL = "aws:cognito/userPool:UserPool"
CLIENT = "aws:cognito/userPoolClient:UserPoolClient"

_POOL_RENAMES = {
    "name": "PoolName",
    "schemas": "Schema",
    "passwordPolicy": "",
    "signInPolicy": "",
    "tags": "",
    "mfaConfiguration": "",
    "softwareTokenMfaConfiguration": "",
    "webAuthnConfiguration": "",
    "emailMfaConfiguration": "",
    "lambdaConfig.kmsKeyId": "KMSKeyID",
}
_READ_RENAMES = {**_POOL_RENAMES, "name": "Name", "schemas": ""}
_MFA = (
    "mfaConfiguration",
    "smsAuthenticationMessage",
    "smsConfiguration",
    "softwareTokenMfaConfiguration",
    "webAuthnConfiguration",
    "emailMfaConfiguration",
)


def _client(cloud: Cloud) -> Any:
    return cloud.client("cognito-idp")


def _policies(client: Any, operation: str, inputs: Properties) -> dict[str, Any]:
    given = {name: inputs[name] for name in ("passwordPolicy", "signInPolicy") if inputs.get(name)}
    return {"Policies": shapes.member(client, operation, "Policies", given)} if given else {}


def _pool_arguments(client: Any, operation: str, inputs: Properties) -> dict[str, Any]:
    arguments = shapes.arguments(client, operation, inputs, _POOL_RENAMES)
    return {**arguments, **_policies(client, operation, inputs), "UserPoolTags": inputs.get("tagsAll") or {}}


def _create_pool(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    pool_id = client.create_user_pool(**_pool_arguments(client, "create_user_pool", inputs))["UserPool"]["Id"]
    return state.finish(cloud, _read_pool, pool_id, inputs, lambda: _set_mfa(client, pool_id, inputs))


def _set_mfa(client: Any, pool_id: str, inputs: Properties, always: bool = False) -> None:
    mode = inputs.get("mfaConfiguration") or "OFF"
    if mode == "OFF" and not always and not inputs.get("webAuthnConfiguration"):
        return
    arguments: dict[str, Any] = {"UserPoolId": pool_id, "MfaConfiguration": mode}
    for name in ("softwareTokenMfaConfiguration", "webAuthnConfiguration", "emailMfaConfiguration"):
        if inputs.get(name):
            arguments |= shapes.arguments(client, "set_user_pool_mfa_config", {name: inputs[name]})
    if inputs.get("smsConfiguration") and mode != "OFF":
        sms = {"smsConfiguration": inputs["smsConfiguration"]}
        if inputs.get("smsAuthenticationMessage"):
            sms["smsAuthenticationMessage"] = inputs["smsAuthenticationMessage"]
        arguments["SmsMfaConfiguration"] = shapes.member(client, "set_user_pool_mfa_config", "SmsMfaConfiguration", sms)
    client.set_user_pool_mfa_config(**arguments)


def _schemas(pool: Mapping[str, Any], inputs: Properties) -> list[Properties]:
    """Return the attributes that are not the standard ones of every pool, or that the program declares."""
    declared = {item["name"] for item in inputs.get("schemas") or ()}
    result: list[Properties] = []
    for attribute in pool.get("SchemaAttributes") or ():
        name = attribute["Name"].removeprefix("dev:").removeprefix("custom:")
        custom = attribute["Name"].startswith(("custom:", "dev:"))
        if custom or name in declared:
            item = {
                "name": name,
                "attributeDataType": attribute["AttributeDataType"],
                "developerOnlyAttribute": attribute.get("DeveloperOnlyAttribute", False),
                "mutable": attribute.get("Mutable", True),
                "required": attribute.get("Required", False),
            }
            for api, prop, members in (
                ("StringAttributeConstraints", "stringAttributeConstraints", ("MinLength", "MaxLength")),
                ("NumberAttributeConstraints", "numberAttributeConstraints", ("MinValue", "MaxValue")),
            ):
                limits = attribute.get(api) or {}
                if limits:
                    item[prop] = {m[:1].lower() + m[1:]: limits[m] for m in members if m in limits}
            result.append(item)
    return result


def _read_pool(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = _client(cloud)
    answer = found(client.describe_user_pool, UserPoolId=resource_id)
    if answer is None:
        return None
    pool = answer["UserPool"]
    mfa = client.get_user_pool_mfa_config(UserPoolId=resource_id)
    policies = pool.get("Policies") or {}
    mfa_values = shapes.properties(POOL, mfa)
    values: Properties = {
        "deletionProtection": "INACTIVE",
        "estimatedNumberOfUsers": 0,
        **shapes.properties(POOL, pool, _READ_RENAMES),
        **shapes.properties(POOL, policies),
        **{name: mfa_values[name] for name in _MFA if name in mfa_values and name != "smsConfiguration"},
        "mfaConfiguration": mfa.get("MfaConfiguration", "OFF"),
        "endpoint": f"cognito-idp.{cloud.region}.amazonaws.com/{resource_id}",
        "schemas": _schemas(pool, inputs),
        **tags.outputs(inputs, pool.get("UserPoolTags")),
    }
    values = {name: value for name, value in values.items() if value not in ({}, [], None)}
    outputs = state.describe(cloud, POOL, inputs, values, unreadable=_not_kept(pool, inputs))
    return state.resource(POOL, resource_id, inputs, outputs)


def _not_kept(pool: Mapping[str, Any], inputs: Properties) -> list[str]:
    """Name the declared messages that the API tells only inside the verification template."""
    names = {
        "emailVerificationMessage": "EmailVerificationMessage",
        "emailVerificationSubject": "EmailVerificationSubject",
        "smsVerificationMessage": "SmsVerificationMessage",
    }
    return [name for name, api in names.items() if name in inputs and api not in pool]


def _update_pool(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, pool_id = _client(cloud), resource.id
    _refuse_schema_change(resource, inputs)

    def settings() -> None:
        arguments = _pool_arguments(client, "update_user_pool", inputs)
        arguments.setdefault("DeletionProtection", "INACTIVE")
        arguments.setdefault("AutoVerifiedAttributes", [])
        arguments.pop("UserPoolTags")
        # This call sets everything anew: what it does not name goes back to the service's default.
        client.update_user_pool(UserPoolId=pool_id, **arguments, UserPoolTags=inputs.get("tagsAll") or {})

    def mfa() -> None:
        if state.changed(resource, inputs, *_MFA):
            _set_mfa(client, pool_id, inputs, always=True)

    def attributes() -> None:
        known = {item["name"] for item in resource.outputs.get("schemas") or ()}
        fresh = [item for item in inputs.get("schemas") or () if item["name"] not in known]
        if fresh:
            custom = shapes.member(client, "add_custom_attributes", "CustomAttributes", fresh)
            client.add_custom_attributes(UserPoolId=pool_id, CustomAttributes=custom)

    def retag() -> None:
        tags.sync(client, resource.outputs["arn"], resource.outputs.get("tagsAll"), inputs.get("tagsAll"))

    return state.finish(cloud, _read_pool, pool_id, inputs, mfa, settings, attributes, retag).outputs


def _refuse_schema_change(resource: Resource, inputs: Properties) -> None:
    after = {item["name"]: item for item in inputs.get("schemas") or ()}
    for item in resource.inputs.get("schemas") or ():
        if after.get(item["name"]) != item:
            raise ValueError(
                f"schemas: attribute {item['name']!r} cannot be changed or removed once the pool has it; "
                "declare it as it was, or make another pool"
            )


def _delete_pool(cloud: Cloud, resource: Resource) -> None:
    client = _client(cloud)
    answer = found(client.describe_user_pool, UserPoolId=resource.id)
    if answer is None:
        return
    if answer["UserPool"].get("DeletionProtection") == "ACTIVE":
        raise ValueError(
            f"deletionProtection: user pool {resource.id} is protected; set it to INACTIVE, update, then delete"
        )
    remove(client.delete_user_pool, UserPoolId=resource.id)


# -- Clients -------------------------------------------------------------------------------------------

_CLIENT_RENAMES = {
    "name": "ClientName",
    "allowedOauthFlows": "AllowedOAuthFlows",
    "allowedOauthScopes": "AllowedOAuthScopes",
    "allowedOauthFlowsUserPoolClient": "AllowedOAuthFlowsUserPoolClient",
    "callbackUrls": "CallbackURLs",
    "logoutUrls": "LogoutURLs",
}
_DEFAULT_UNITS = {"accessToken": "hours", "idToken": "hours", "refreshToken": "days"}


def _create_client(cloud: Cloud, inputs: Properties) -> Resource:
    client = _client(cloud)
    arguments = shapes.arguments(client, "create_user_pool_client", inputs, _CLIENT_RENAMES)
    answer = client.create_user_pool_client(**arguments)
    return state.finish(cloud, _read_client, answer["UserPoolClient"]["ClientId"], inputs)


def _read_client(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    if inputs:
        pool_id, client_id = inputs["userPoolId"], resource_id
    else:
        pool_id, _, client_id = resource_id.partition("/")
        if not client_id:
            raise ValueError(f"import id {resource_id!r}: write user-pool-id/client-id")
    answer = found(_client(cloud).describe_user_pool_client, UserPoolId=pool_id, ClientId=client_id)
    if answer is None:
        return None
    values: Properties = {
        "clientSecret": "",
        **shapes.properties(CLIENT, answer["UserPoolClient"], _CLIENT_RENAMES),
        "userPoolId": pool_id,
    }
    units = values.get("tokenValidityUnits")
    if "tokenValidityUnits" not in inputs and (not units or {**_DEFAULT_UNITS, **units} == _DEFAULT_UNITS):
        values.pop("tokenValidityUnits", None)
    outputs = state.describe(cloud, CLIENT, inputs, values, unreadable=("generateSecret",))
    return state.resource(CLIENT, client_id, inputs, outputs)


def _update_client(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = _client(cloud)
    # This call sets everything anew, so what the program leaves to the service is sent as it is.
    kept = {
        name: value
        for name, value in resource.outputs.items()
        if name not in inputs and name not in resource.inputs and name not in ("clientSecret", "region")
    }
    given = {**kept, **inputs}
    if resource.inputs.get("tokenValidityUnits") and not inputs.get("tokenValidityUnits"):
        given["tokenValidityUnits"] = _DEFAULT_UNITS
    arguments = shapes.arguments(client, "update_user_pool_client", given, _CLIENT_RENAMES)
    return state.finish(
        cloud,
        _read_client,
        resource.id,
        inputs,
        lambda: client.update_user_pool_client(**arguments, ClientId=resource.id),
    ).outputs


def _delete_client(cloud: Cloud, resource: Resource) -> None:
    remove(
        _client(cloud).delete_user_pool_client,
        UserPoolId=resource.outputs["userPoolId"],
        ClientId=resource.id,
    )


HANDLERS = {
    POOL: Handler(_create_pool, _read_pool, _update_pool, _delete_pool),
    CLIENT: Handler(_create_client, _read_client, _update_client, _delete_client),
}
