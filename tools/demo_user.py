"""A person to ask as: a user of the stack's own directory, made by an operator with cloud credentials."""

import secrets
import string
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Directory:
    """Where users are: a user pool, the client that signs in, and how to reach them."""

    user_pool_id: str
    client_id: str
    cognito: Any
    """A boto3 client of `cognito-idp` with an operator's credentials."""


def id_token(directory: Directory, email: str, tenant: str) -> str:
    """The bearer token of a user, who is created if need be.

    The password is random, set anew at each call and kept nowhere. Needs `sign_in.admin_sign_in` in the stack's config.
    Raises `ValueError` when the user exists and belongs to another tenant: a tenant cannot be changed.
    """
    cognito = directory.cognito
    pool = {"UserPoolId": directory.user_pool_id}
    attributes = [{"Name": "email", "Value": email}, {"Name": "custom:tenant_id", "Value": tenant}]
    try:
        cognito.admin_create_user(
            **pool,
            Username=email,
            UserAttributes=attributes,
            MessageAction="SUPPRESS",
            DesiredDeliveryMediums=["EMAIL"],
        )
    except cognito.exceptions.UsernameExistsException:
        known = cognito.admin_get_user(**pool, Username=email)["UserAttributes"]
        belongs = next((item["Value"] for item in known if item["Name"] == "custom:tenant_id"), "")
        if belongs != tenant:
            raise ValueError(f"{email} belongs to the tenant {belongs}, not to {tenant}") from None
    password = "".join(secrets.choice(string.ascii_letters) for _ in range(24)) + "aA1!"
    cognito.admin_set_user_password(**pool, Username=email, Password=password, Permanent=True)
    answer = cognito.admin_initiate_auth(
        **pool,
        ClientId=directory.client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": password},
    )
    return answer["AuthenticationResult"]["IdToken"]
