"""Who is signed in: the client's flows and the pool's second factor are asked before there are tokens."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from daemon_fixture import Daemon

PASSWORD = "Passw0rd!x"


def sign_in(daemon: Daemon, flows: list[str], flow: str, second_factor: str = "OFF") -> dict[str, Any]:
    """Signs a user in to a new pool; returns the answer."""
    client = daemon.client("cognito-idp")
    pool = client.create_user_pool(PoolName="pool")["UserPool"]["Id"]
    token = {"SoftwareTokenMfaConfiguration": {"Enabled": True}} if second_factor != "OFF" else {}
    client.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration=second_factor, **token)
    app = client.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)
    client.admin_create_user(UserPoolId=pool, Username="ann")
    client.admin_set_user_password(UserPoolId=pool, Username="ann", Password=PASSWORD, Permanent=True)
    asked = {
        "ClientId": app["UserPoolClient"]["ClientId"],
        "AuthFlow": flow,
        "AuthParameters": {"USERNAME": "ann", "PASSWORD": PASSWORD},
    }
    if flow.startswith("ADMIN"):
        return client.admin_initiate_auth(UserPoolId=pool, **asked)
    return client.initiate_auth(**asked)


@pytest.mark.parametrize(
    ("flows", "flow"),
    [
        (["ALLOW_ADMIN_USER_PASSWORD_AUTH"], "ADMIN_USER_PASSWORD_AUTH"),
        (["ADMIN_NO_SRP_AUTH"], "ADMIN_USER_PASSWORD_AUTH"),
        (["ALLOW_USER_PASSWORD_AUTH"], "USER_PASSWORD_AUTH"),
        (["USER_PASSWORD_AUTH"], "USER_PASSWORD_AUTH"),
    ],
)
def test_a_flow_that_the_client_allows_signs_in(daemon: Daemon, flows: list[str], flow: str) -> None:
    assert sign_in(daemon, flows, flow)["AuthenticationResult"]["IdToken"]
    assert sign_in(daemon, flows, flow, "OPTIONAL")["AuthenticationResult"]["IdToken"]


@pytest.mark.parametrize(
    ("flows", "flow", "message"),
    [
        ([], "ADMIN_USER_PASSWORD_AUTH", "Auth flow not enabled for this client"),
        (["ALLOW_USER_SRP_AUTH"], "ADMIN_USER_PASSWORD_AUTH", "Auth flow not enabled for this client"),
        ([], "USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
        (["ADMIN_NO_SRP_AUTH"], "USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
    ],
)
def test_other_flows_are_refused(daemon: Daemon, flows: list[str], flow: str, message: str) -> None:
    with pytest.raises(ClientError) as refused:
        sign_in(daemon, flows, flow)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert refused.value.response["Error"]["Message"] == message


@pytest.mark.parametrize("kind", ["ADMIN_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"])
def test_a_required_second_factor_is_asked_for(daemon: Daemon, kind: str) -> None:
    answer = sign_in(daemon, [f"ALLOW_{kind}"], kind, "ON")
    assert answer["ChallengeName"] == "MFA_SETUP"
    assert "AuthenticationResult" not in answer
    assert answer["ChallengeParameters"]["MFAS_CAN_SETUP"] == '["SOFTWARE_TOKEN_MFA"]'
