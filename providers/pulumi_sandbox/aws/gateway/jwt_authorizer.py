"""JWT authorizers: a token's signature, issuer, audience, times and scopes, as HTTP APIs check them."""

import json
import re
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from pulumi_sandbox.aws.gateway.api_model import Authorizer, Route
from pulumi_sandbox.aws.gateway.request import Authorization, GatewayRequest, RefusedError
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.layout import ACCOUNT_ID

ALGORITHMS = ["RS256", "RS384", "RS512"]
KEYS_SECONDS = 2 * 3600
"""For how long the keys of an issuer outside the sandbox are kept."""
_COGNITO = re.compile(r"https://cognito-idp\.(?P<region>[\w-]+)\.amazonaws\.com(?:\.cn)?/(?P<pool>[\w-]+)/?$")
_SOURCE = re.compile(r"\$request\.(?P<part>header|querystring)\.(?P<name>.+)$")
_fetched: dict[str, tuple[float, KeySet]] = {}
_fetching = threading.Lock()


def _unauthorized(problem: str = "", description: str = "") -> RefusedError:
    challenge = f'Bearer scope="" error="{problem}" error_description="{description}"' if problem else "Bearer"
    return RefusedError(401, "Unauthorized", description or "no token", {"www-authenticate": challenge})


def identity_value(request: GatewayRequest, source: str) -> str | None:
    """Return what an identity source such as ``$request.header.Authorization`` selects; None when it is absent."""
    found = _SOURCE.match(source)
    if not found:
        return None
    if found["part"] == "header":
        return request.header(found["name"].lower()) or None
    return dict(request.query_pairs()).get(found["name"]) or None


def _pool_keys(region: str, pool_id: str) -> KeySet | None:
    from moto.cognitoidp.models import cognitoidp_backends

    with moto_state():
        pool = cognitoidp_backends[ACCOUNT_ID][region].user_pools.get(pool_id)
        if pool is None:
            return None
        public: dict[str, Any] = pool.json_web_key.as_dict(private=False)
    return KeySet.import_key_set({"keys": [public]})


def _fetch_keys(issuer: str) -> KeySet | None:
    with _fetching:
        if (kept := _fetched.get(issuer)) and time.monotonic() - kept[0] < KEYS_SECONDS:
            return kept[1]
        try:
            configuration = _get_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            keys = KeySet.import_key_set(_get_json(configuration["jwks_uri"]))
        except (OSError, ValueError, KeyError, JoseError):
            return None
        _fetched[issuer] = time.monotonic(), keys
        return keys


def _get_json(url: str) -> Any:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"not a web address: {url}")
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - the scheme was checked
        return json.load(answer)


def issuer_keys(issuer: str) -> KeySet | None:
    """Return the public keys of an issuer: a user pool of the sandbox, or any OpenID provider. None: unreachable."""
    if found := _COGNITO.match(issuer):
        return _pool_keys(found["region"], found["pool"])
    return _fetch_keys(issuer)


def verified_claims(token: str, issuer: str) -> Mapping[str, Any]:
    """Return the claims of a token that its issuer signed. Raises RefusedError."""
    keys = issuer_keys(issuer)
    if keys is None:
        raise _unauthorized("invalid_token", "JWKS communication error")
    try:
        claims: Any = json.loads(jws.deserialize_compact(token, keys, algorithms=ALGORITHMS).payload)
    except (JoseError, ValueError) as error:
        raise _unauthorized("invalid_token", f"unable to verify the token: {error}") from error
    if not isinstance(claims, dict):
        raise _unauthorized("invalid_token", "the claims are not an object")
    if str(claims.get("iss", "")).rstrip("/") != issuer.rstrip("/"):
        raise _unauthorized("invalid_token", "the token's issuer is not the authorizer's")
    return claims


def _check_audience(claims: Mapping[str, Any], authorizer: Authorizer) -> None:
    audience = claims["aud"] if "aud" in claims else claims.get("client_id")
    audiences = audience if isinstance(audience, list) else [audience]
    if not set(authorizer.audiences) & {str(value) for value in audiences}:
        raise _unauthorized("invalid_token", "the token does not have a valid audience")


def check_times(claims: Mapping[str, Any], now: float) -> None:
    """Return if a token is valid now. Raises RefusedError."""
    times = {name: claims.get(name) for name in ("exp", "nbf", "iat")}
    if any(isinstance(value, bool) or not isinstance(value, int | float | None) for value in times.values()):
        raise _unauthorized("invalid_token", "exp, nbf and iat must be numbers")
    expires, not_before, issued = times.values()
    if expires is None or expires <= now:
        raise _unauthorized("invalid_token", "the token has expired")
    if (not_before is not None and not_before > now) or (issued is not None and issued > now + 1):
        raise _unauthorized("invalid_token", "the token is not valid yet")


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    value: Any = claims.get("scope", claims.get("scp", ""))
    return [str(item) for item in value] if isinstance(value, list) else str(value).split()


def claim_text(value: object) -> str:
    """Return a claim as events carry it: always a string, lists as ``[a b]``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + " ".join(claim_text(item) for item in value) + "]"
    if isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    return "" if value is None else str(value)


def _token(request: GatewayRequest, sources: Sequence[str]) -> str:
    for source in sources:
        if value := identity_value(request, source):
            scheme, _, rest = value.partition(" ")
            return rest.strip() if scheme.lower() == "bearer" and rest else value
    raise _unauthorized()


def authorize_jwt(request: GatewayRequest, route: Route) -> Authorization:
    """Return the claims of a request's token. Raises RefusedError: 401, or 403 when a scope is missing."""
    authorizer = route.authorizer
    if authorizer is None:
        raise RefusedError(500, "Internal Server Error", f"the route {route.key} names no JWT authorizer")
    token = _token(request, authorizer.identity_sources)
    claims = verified_claims(token, authorizer.issuer)
    _check_audience(claims, authorizer)
    check_times(claims, time.time())
    scopes = _scopes(claims)
    if route.scopes and not set(route.scopes) & set(scopes):
        challenge = f'Bearer scope="{" ".join(route.scopes)}" error="insufficient_scope"'
        raise RefusedError(403, "Forbidden", "the token has no scope of the route", {"www-authenticate": challenge})
    texts = {name: claim_text(value) for name, value in claims.items()}
    return Authorization("jwt", {"claims": texts, "scopes": scopes if route.scopes else None})
