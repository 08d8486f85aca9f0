"""The hosted sign-in of a user pool domain: authorization code flow with PKCE, as pages that a browser shows.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html
"""

import base64
import hashlib
import html
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from pulumi_sandbox.aws.changes import note_change
from pulumi_sandbox.aws.moto_backends import backend_of
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.layout import ACCOUNT_ID

CODE_SECONDS = 300
"""For how long a code can be turned into tokens, once."""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in</title><link rel="icon" href="data:,">
<style>body{{font:16px/1.5 system-ui;max-width:22rem;margin:4rem auto;padding:0 1rem}}
input,button{{font:inherit;width:100%;padding:.5rem;margin:.25rem 0 1rem;box-sizing:border-box}}</style></head>
<body><h1>Sign in</h1><p role="alert">{problem}</p>
<form method="post" action="/login?{query}">
<label>Email <input name="username" type="email" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form></body></html>"""


class _RefusedError(Exception):
    """A request that the sign-in does not take; the message is what the client reads."""


@dataclass(frozen=True, slots=True)
class _Grant:
    """A person who signed in, until the client asks for their tokens."""

    client_id: str
    redirect_uri: str
    challenge: str
    username: str
    expires: float


_grants: dict[str, _Grant] = {}


def _pool(name: str) -> Any:
    """Return the user pool of a domain; hold moto's state."""
    domain, _, region = name.partition(".")
    backend = backend_of("cognito-idp", ACCOUNT_ID, region)
    found = backend.user_pool_domains.get(domain)
    if found is None:
        raise _RefusedError("there is no such domain")
    return backend.user_pools[found.user_pool_id]


def _client(pool: Any, parameters: Mapping[str, str]) -> Any:
    client = pool.clients.get(parameters.get("client_id", ""))
    if client is None or not client.extended_config.get("AllowedOAuthFlowsUserPoolClient"):
        raise _RefusedError("Client does not exist, or may not use the hosted sign-in.")
    return client


def _check_request(name: str, parameters: Mapping[str, str]) -> None:
    with moto_state():
        config = _client(_pool(name), parameters).extended_config
    if parameters.get("redirect_uri") not in (config.get("CallbackURLs") or ()):
        raise _RefusedError("redirect_mismatch")
    if parameters.get("response_type") != "code" or "code" not in (config.get("AllowedOAuthFlows") or ()):
        raise _RefusedError("unauthorized_client: the client may not use this response_type")
    scopes = set(parameters.get("scope", "").split())
    if not scopes or scopes - set(config.get("AllowedOAuthScopes") or ()):
        raise _RefusedError("invalid_scope")
    if parameters.get("code_challenge") and parameters.get("code_challenge_method") != "S256":
        raise _RefusedError("invalid_request: code_challenge_method must be S256")


def _user_of(name: str, username: str, password: str) -> str:
    """Return the name of the user whose password this is. Raises _RefusedError, with one text for all mistakes."""
    from moto.cognitoidp.exceptions import UserNotFoundError

    with moto_state():
        pool = _pool(name)
        try:
            user = pool._get_user(username)
        except UserNotFoundError:
            user = None
        if user is None or not user.enabled or user.password is None or user.password != password:
            raise _RefusedError("Incorrect username or password.")
        if user.status != "CONFIRMED":
            raise _RefusedError(
                f"The sandbox signs in users with a permanent password only; this one is {user.status}."
            )
        if pool.mfa_config == "ON":
            raise _RefusedError("The pool requires a second factor, which the sandbox's sign-in page does not have.")
        return user.username


def _tokens(name: str, form: Mapping[str, str]) -> dict[str, Any]:
    grant_type = form.get("grant_type")
    with moto_state():
        pool = _pool(name)
        _client(pool, form)
        if grant_type == "authorization_code":
            grant = _grants.pop(form.get("code", ""), None)
            proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            proven = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
            if (
                grant is None
                or grant.expires < time.time()
                or (grant.client_id, grant.redirect_uri) != (form["client_id"], form.get("redirect_uri"))
                or (grant.challenge and not secrets.compare_digest(grant.challenge, proven))
            ):
                raise _RefusedError("invalid_grant")
            refresh, origin = pool.create_refresh_token(grant.client_id, grant.username)
            access, seconds = pool.create_access_token(grant.client_id, grant.username, origin)
            identity, _ = pool.create_id_token(grant.client_id, grant.username, origin)
            answer = {"refresh_token": refresh}
        elif grant_type == "refresh_token":
            if pool.refresh_tokens.get(form.get("refresh_token", ""), ("",))[0] != form["client_id"]:
                raise _RefusedError("invalid_grant")
            access, identity, seconds = pool.create_tokens_from_refresh_token(form["refresh_token"])
            answer = {}
        else:
            raise _RefusedError("unsupported_grant_type")
        note_change("cognito-idp", ACCOUNT_ID, name.partition(".")[2])
    return {**answer, "access_token": access, "id_token": identity, "expires_in": seconds, "token_type": "Bearer"}


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(errors="replace")))


def sign_in_pages(name: str) -> Starlette:
    """Return the application of a domain, which is named ``<prefix>.<region>``."""

    def page(parameters: Mapping[str, str], problem: str = "", status: int = 200) -> Response:
        filled = _PAGE.format(problem=html.escape(problem), query=html.escape(urlencode(parameters)))
        return HTMLResponse(filled, status)

    async def authorize(request: Request) -> Response:
        parameters = dict(request.query_params)
        try:
            _check_request(name, parameters)
        except _RefusedError as error:
            return HTMLResponse(f"<h1>An error was encountered</h1><p>{html.escape(str(error))}</p>", 400)
        return RedirectResponse(f"/login?{urlencode(parameters)}", 302)

    async def login(request: Request) -> Response:
        parameters = dict(request.query_params)
        try:
            _check_request(name, parameters)
        except _RefusedError as error:
            return HTMLResponse(f"<h1>An error was encountered</h1><p>{html.escape(str(error))}</p>", 400)
        if request.method == "GET":
            return page(parameters)
        form = await _form(request)
        try:
            username = _user_of(name, form.get("username", ""), form.get("password", ""))
        except _RefusedError as error:
            return page(parameters, str(error), 401)
        code = secrets.token_urlsafe(24)
        _grants[code] = _Grant(
            parameters["client_id"],
            parameters["redirect_uri"],
            parameters.get("code_challenge", ""),
            username,
            time.time() + CODE_SECONDS,
        )
        answer = {"code": code, **({"state": parameters["state"]} if parameters.get("state") else {})}
        return RedirectResponse(f"{parameters['redirect_uri']}?{urlencode(answer)}", 302)

    async def token(request: Request) -> Response:
        headers = {"access-control-allow-origin": "*", "cache-control": "no-store"}
        try:
            return JSONResponse(_tokens(name, await _form(request)), headers=headers)
        except _RefusedError as error:
            return JSONResponse({"error": str(error)}, 400, headers)

    async def logout(request: Request) -> Response:
        wanted = request.query_params.get("logout_uri", "")
        try:
            with moto_state():
                allowed = _client(_pool(name), request.query_params).extended_config.get("LogoutURLs") or ()
        except _RefusedError:
            allowed = ()
        if wanted not in allowed:
            return HTMLResponse("<h1>An error was encountered</h1><p>redirect_mismatch</p>", 400)
        return RedirectResponse(wanted, 302)

    return Starlette(
        routes=[
            Route("/oauth2/authorize", authorize),
            Route("/login", login, methods=["GET", "POST"]),
            Route("/oauth2/token", token, methods=["POST"]),
            Route("/logout", logout),
        ]
    )
