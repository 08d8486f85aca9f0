"""What the control-plane services of ours have in common: idempotency tokens, pages, random ids, permissions."""

import secrets
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.routing import Match, Route

from pulumi_sandbox.durable import open_map

from .rest_json import Call, InvalidRequestError

_answers = open_map("bedrock.idempotent_answers")
Permission = tuple[str, list[str]]


def random_id(length: int, alphabet: str = string.ascii_lowercase + string.digits) -> str:
    """Return a new id as the service makes them."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


def once(call: Call, token_name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what `make` returns; for a token seen before, what it returned then, without doing it again."""
    token = call.parameters.get(token_name)
    if token is None:
        return make()
    key = f"{call.region}:{call.operation}:{token}"
    if (known := _answers.get(key)) is not None:
        return known
    answer = make()
    _answers[key] = answer
    return answer


def page(items: Sequence[Any], member: str, parameters: Mapping[str, Any], *, most: int = 1000) -> dict[str, Any]:
    """Return the page of a list that `maxResults` and `nextToken` ask for, under the output member's name."""
    token = parameters.get("nextToken", "0")
    if not token.isdigit() or int(token) > len(items):
        raise InvalidRequestError("The nextToken is not valid.")
    start, size = int(token), min(parameters.get("maxResults", most), most)
    rest = {"nextToken": str(start + size)} if start + size < len(items) else {}
    return {member: list(items[start : start + size]), **rest}


def permissions_for(
    routes: Sequence[Route], prefix: str, resource: Callable[[str, Mapping[str, str], Any], list[str]]
) -> Callable[[Request], Permission]:
    """Return the module's `actions`: the operation's name is the action, `resource` names what it is on.

    `resource` is called with the operation, the path's labels and the caller, and returns ARNs.
    """

    def actions(request: Request) -> Permission:
        for route in routes:
            match, child = route.matches(request.scope)
            if match is Match.FULL:
                return f"{prefix}:{route.name}", resource(route.name, child["path_params"], request.state.caller)
        raise LookupError(f"no operation at {request.method} {request.url.path}")

    return actions
