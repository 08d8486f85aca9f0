"""Who may call: the token of an OpenID Connect provider or of a user pool, by the API's authentication type.

Source: AppSync developer guide, "Configuring authorization and authentication", and "Resolver context object
reference" for what resolvers see of a caller.
"""

import re
import time
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.gateway.jwt_authorizer import check_times, verified_claims
from pulumi_sandbox.aws.gateway.request import GatewayRequest, RefusedError
from pulumi_sandbox.aws.graphql.store import Api

TYPES = ("OPENID_CONNECT", "AMAZON_COGNITO_USER_POOLS")
"""What the sandbox checks; the control plane takes no other."""


class UnauthorizedError(Exception):
    """A caller who may not call; the text is AppSync's."""


def caller_identity(request: GatewayRequest, api: Api) -> dict[str, Any]:
    """Return ``ctx.identity``. Raises UnauthorizedError."""
    # The token alone: with the word Bearer before it, AppSync does not take it (AWS knowledge center, "How do I
    # troubleshoot Unauthorized errors when running GraphQL requests in AWS AppSync?").
    token = request.header("authorization")
    if not token:
        raise UnauthorizedError("Valid authorization header not provided.")
    oidc = api.settings["authenticationType"] == "OPENID_CONNECT"
    issuer, pattern = _provider(api, oidc=oidc)
    try:
        claims = verified_claims(token, issuer)
        check_times(claims, time.time())
    except RefusedError as error:
        expired = "expired" in error.reason
        raise UnauthorizedError("Token has expired." if expired else "Unauthorized") from error
    # An ID token has aud; an OIDC client may be in azp, a user pool's access token has client_id.
    if pattern and not any(
        re.fullmatch(pattern, client)
        for name in ("aud", "azp" if oidc else "client_id")
        for client in _texts(claims, name)
    ):
        raise UnauthorizedError("Unauthorized")
    if oidc:
        _check_ages(claims, api.settings["openIDConnectConfig"])
        return {"claims": claims, "issuer": issuer, "sub": claims.get("sub")}
    return {
        "claims": claims,
        "defaultAuthStrategy": api.settings["userPoolConfig"]["defaultAction"],
        "groups": claims.get("cognito:groups"),
        "issuer": issuer,
        "sourceIp": [request.source_ip],
        "sub": claims.get("sub"),
        "username": claims.get("cognito:username") or claims.get("username"),
    }


def _provider(api: Api, *, oidc: bool) -> tuple[str, str | None]:
    if oidc:
        config: Mapping[str, Any] = api.settings["openIDConnectConfig"]
        return config["issuer"], config.get("clientId")
    config = api.settings["userPoolConfig"]
    host = f"https://cognito-idp.{config['awsRegion']}.amazonaws.com"
    return f"{host}/{config['userPoolId']}", config.get("appIdClientRegex")


def _texts(claims: Mapping[str, Any], name: str) -> list[str]:
    value = claims.get(name) or []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _check_ages(claims: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    for claim, limit in (("iat", config.get("iatTTL")), ("auth_time", config.get("authTTL"))):
        if limit and time.time() * 1000 > claims.get(claim, 0) * 1000 + limit:
            raise UnauthorizedError("Token has expired.")
    if "iat" not in claims:
        raise UnauthorizedError("Unauthorized")
