"""User pools: moto signs a user in by any flow, and without the second factor that the pool requires."""

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import wrap

# Flow -> the client's settings that allow it, the present one and the legacy one.
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
_ALLOWING: Mapping[str, frozenset[str]] = {
    "ADMIN_NO_SRP_AUTH": frozenset({"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}),
    "ADMIN_USER_PASSWORD_AUTH": frozenset({"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}),
    "CUSTOM_AUTH": frozenset({"ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"}),
    "REFRESH_TOKEN": frozenset({"ALLOW_REFRESH_TOKEN_AUTH"}),
    "REFRESH_TOKEN_AUTH": frozenset({"ALLOW_REFRESH_TOKEN_AUTH"}),
    "USER_PASSWORD_AUTH": frozenset({"ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"}),
    "USER_SRP_AUTH": frozenset({"ALLOW_USER_SRP_AUTH"}),
}
# What a client allows that says nothing, and besides what a client says in the legacy settings.
_BY_DEFAULT = frozenset({"ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"})


def _allowed(client: Any) -> frozenset[str]:
    said = frozenset(client.extended_config.get("ExplicitAuthFlows") or ())
    return said if any(flow.startswith("ALLOW_") for flow in said) else said | _BY_DEFAULT


def _check_flow(client: Any, flow: str) -> None:
    from moto.cognitoidp.exceptions import InvalidParameterException

    # Moto refuses a client that does not exist, and a flow that does not.
    if client is not None and not _ALLOWING.get(flow, _BY_DEFAULT) & _allowed(client):
        named = "Auth" if flow.startswith("ADMIN_") else flow
        raise InvalidParameterException(f"{named} flow not enabled for this client")


def _with_second_factor(backend: Any, pool: Any, flow: str, parameters: Mapping[str, str], answer: Any) -> Any:
    """A pool that requires a second factor asks a user who has none to set one up, and gives no tokens before."""
    if pool.mfa_config != "ON" or "AuthenticationResult" not in answer or flow.startswith("REFRESH_TOKEN"):
        return answer
    factors = ["SOFTWARE_TOKEN_MFA"] if pool.token_mfa_config == {"Enabled": True} else []
    factors += ["SMS_MFA"] if pool.sms_mfa_config else []
    username, session = parameters["USERNAME"], str(uuid.uuid4())
    backend.sessions[session] = (username, pool)
    user = backend.admin_get_user(pool.id, username)
    return {
        "ChallengeName": "MFA_SETUP",
        "ChallengeParameters": {"MFAS_CAN_SETUP": json.dumps(factors), "USER_ID_FOR_SRP": user.id},
        "Session": session,
    }


def _admin_initiate_auth(
    original: Callable[..., Any], backend: Any, pool_id: str, client_id: str, flow: str, parameters: dict[str, str]
) -> Any:
    pool = backend.describe_user_pool(pool_id)
    _check_flow(pool.clients.get(client_id), flow)
    return _with_second_factor(backend, pool, flow, parameters, original(backend, pool_id, client_id, flow, parameters))


def _initiate_auth(
    original: Callable[..., Any], backend: Any, client_id: str, flow: str, parameters: dict[str, str]
) -> Any:
    pool = next((pool for pool in backend.user_pools.values() if client_id in pool.clients), None)
    if pool is None:
        return original(backend, client_id, flow, parameters)
    _check_flow(pool.clients[client_id], flow)
    return _with_second_factor(backend, pool, flow, parameters, original(backend, client_id, flow, parameters))


def install() -> None:
    """Ask for the flow and the second factor before anybody is signed in."""
    from moto.cognitoidp.models import CognitoIdpBackend

    wrap(CognitoIdpBackend, "admin_initiate_auth", _admin_initiate_auth)
    wrap(CognitoIdpBackend, "initiate_auth", _initiate_auth)
