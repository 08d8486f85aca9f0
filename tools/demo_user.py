"""A person to ask as: a user of the stack's own directory, made by an operator with cloud credentials."""

import secrets
import string
from dataclasses import dataclass
from typing import Any


class SignInError(Exception):
    """Nobody can sign in; the message says why and what mends it."""


@dataclass(frozen=True)
class Directory:
    """Where users are: a user pool, the client that signs in, and how to reach them."""

    user_pool_id: str
    client_id: str
    cognito: Any
    """A boto3 client of `cognito-idp` with an operator's credentials."""


def set_password(directory: Directory, email: str, tenant: str) -> str:
    """A new random password of a user, who is created if need be; it is kept nowhere.

    Raises `SignInError` when the user exists and belongs to another tenant, which cannot be changed.
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
            raise SignInError(
                f"{email} belongs to the tenant {belongs}, not to {tenant}; use another address"
            ) from None
    password = "".join(secrets.choice(string.ascii_letters) for _ in range(24)) + "aA1!"
    cognito.admin_set_user_password(**pool, Username=email, Password=password, Permanent=True)
    return password


def id_token(directory: Directory, email: str, tenant: str) -> str:
    """The bearer token of a user, who is created if need be and whose password is set anew.

    Raises `SignInError` as `set_password` does, and when the stack's `sign_in` does not let an operator in.
    """
    cognito = directory.cognito
    password = set_password(directory, email, tenant)
    try:
        answer = cognito.admin_initiate_auth(
            UserPoolId=directory.user_pool_id,
            ClientId=directory.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
    except (cognito.exceptions.InvalidParameterException, cognito.exceptions.NotAuthorizedException) as error:
        raise SignInError(
            f"{error.response['Error']['Message']}: operators may not sign in as a user of this stack; set"
            " admin_sign_in: true under genai-tiers:sign_in in its config, for a stack without real users"
        ) from error
    if "AuthenticationResult" not in answer:
        raise SignInError(
            f"sign-in asks for a second factor ({answer['ChallengeName']}), which a script does not have; set mfa:"
            " optional under genai-tiers:sign_in in the stack's config, for a stack without real users"
        )
    return answer["AuthenticationResult"]["IdToken"]
