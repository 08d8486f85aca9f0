"""User pools: tags after creation, and the settings of creation that moto drops in an update."""

from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import add, wrap

# UpdateUserPool does not take these, and moto's update starts again from its defaults.
_FIXED_AT_CREATION = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")


def _pool(response: Any) -> Any:
    arn = response._get_param("ResourceArn")
    return response.backend.describe_user_pool(arn.rpartition("/")[2])


def _tags_of(pool: Any) -> dict[str, str]:
    tags: dict[str, str] = pool.extended_config.get("UserPoolTags") or {}
    pool.extended_config["UserPoolTags"] = tags
    return tags


def _tag_resource(response: Any) -> str:
    _tags_of(_pool(response)).update(response._get_param("Tags") or {})
    return "{}"


def _untag_resource(response: Any) -> str:
    tags = _tags_of(_pool(response))
    for key in response._get_param("TagKeys") or []:
        tags.pop(key, None)
    return "{}"


def _list_tags_for_resource(response: Any) -> str:
    import json

    return json.dumps({"Tags": _tags_of(_pool(response))})


def _updated(original: Callable[..., None], pool: Any, extended_config: dict[str, Any]) -> None:
    before = getattr(pool, "extended_config", {})
    original(pool, extended_config)
    for name in _FIXED_AT_CREATION:
        if name in before and name not in extended_config:
            pool.extended_config[name] = before[name]


def _refuse_immutable(pool: Any, attributes: list[dict[str, str]]) -> None:
    """Moto checks an attribute's mutability nowhere; AWS lets it be set once, by whoever creates the user."""
    from moto.cognitoidp.exceptions import InvalidParameterException

    for attribute in attributes:
        schema = pool.schema_attributes.get(attribute["Name"])
        if schema is not None and not schema.mutable:
            raise InvalidParameterException(f"user.{attribute['Name']}: Attribute cannot be updated.")


def _admin_update_attributes(original: Callable[..., None], backend: Any, *arguments: Any) -> None:
    user_pool_id, username, attributes = arguments
    _refuse_immutable(backend.describe_user_pool(user_pool_id), attributes)
    original(backend, user_pool_id, username, attributes)


def _update_attributes(original: Callable[..., None], backend: Any, *arguments: Any) -> None:
    """Users write through a client, and only what it lets them write."""
    from moto.cognitoidp.exceptions import NotAuthorizedError

    token, attributes = arguments
    for pool in backend.user_pools.values():
        if token in pool.access_tokens:
            client_id, _ = pool.access_tokens[token]
            _refuse_immutable(pool, attributes)
            writable = pool.clients[client_id].extended_config.get("WriteAttributes")
            for attribute in attributes:
                if writable and attribute["Name"] not in writable:
                    raise NotAuthorizedError("A client attempted to write unauthorized attribute")
    original(backend, token, attributes)


def install() -> None:
    """Add the operations, and keep what is fixed at creation."""
    from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUserPool
    from moto.cognitoidp.responses import CognitoIdpResponse

    add(CognitoIdpResponse, "tag_resource", _tag_resource)
    add(CognitoIdpResponse, "untag_resource", _untag_resource)
    add(CognitoIdpResponse, "list_tags_for_resource", _list_tags_for_resource)
    wrap(CognitoIdpUserPool, "update_extended_config", _updated)
    wrap(CognitoIdpBackend, "admin_update_user_attributes", _admin_update_attributes)
    wrap(CognitoIdpBackend, "update_user_attributes", _update_attributes)
