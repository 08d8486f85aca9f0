"""The JWT authorizer of HTTP APIs: signature, issuer, audience and times, then scopes."""

import json
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from moto.utilities.utils import load_resource


class UnauthorizedError(Exception):
    """The token is missing or not acceptable; the message is for the ``www-authenticate`` header."""


class ForbiddenError(Exception):
    """The token lacks the scopes of the route."""


@cache
def _pool_keys() -> KeySet:
    """The public keys of every user pool in moto, as it serves them at ``/{pool}/.well-known/jwks.json``."""
    document: Any = load_resource("cognitoidp/resources/jwks-public.json")
    return KeySet.import_key_set(document)


def claims_of(header: str, issuer: str, audiences: Sequence[str], scopes: Sequence[str]) -> dict[str, Any]:
    """Return the claims of a bearer token. Raises UnauthorizedError and ForbiddenError."""
    token = header.strip()
    if token[:7].lower() == "bearer ":
        token = token[7:].strip()
    if not token:
        raise UnauthorizedError("")
    try:
        claims = jwt.decode(token, _pool_keys(), algorithms=["RS256"]).claims
    except (JoseError, ValueError) as error:
        raise UnauthorizedError('scope="" error="invalid_token" error_description="signature is not valid"') from error
    now = time.time()
    given = claims.get("aud", claims.get("client_id"))
    given_audiences = given if isinstance(given, list) else [given]
    problems = {
        "the issuer is not valid": claims.get("iss") == issuer,
        "the token does not have a valid audience": any(audience in audiences for audience in given_audiences),
        "the token has expired": float(claims.get("exp", 0)) > now,
        "the token is not valid yet": max(float(claims.get("nbf", 0)), float(claims.get("iat", 0))) <= now + 1,
    }
    for problem, fine in problems.items():
        if not fine:
            raise UnauthorizedError(f'scope="" error="invalid_token" error_description="{problem}"')
    held = set(str(claims.get("scope", claims.get("scp", ""))).split())
    if scopes and not held & set(scopes):
        raise ForbiddenError
    return claims


def claim_texts(claims: dict[str, Any]) -> dict[str, str]:
    """Return claims as HTTP APIs hand them on: all texts, lists in brackets."""
    texts: dict[str, str] = {}
    for name, value in claims.items():
        if isinstance(value, list):
            texts[name] = "[" + " ".join(map(str, value)) + "]"
        else:
            texts[name] = value if isinstance(value, str) else json.dumps(value)
    return texts
