"""Fields of the GraphQL API, answered by the HTTP surface: the same requests, answers and errors under GraphQL's names.

The schema is the deployment's (`components/genai_tiers/schema.graphql`).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.core.api import respond
from genai_runtime.core.config import Config
from genai_runtime.core.http import HttpRequest
from genai_runtime.core.ports import Ports


@dataclass(frozen=True)
class Field:
    """A field that a client selected. Names of `headers` are in lower case; `claims` are those of a token that was
    verified."""

    name: str
    arguments: Mapping[str, Any]
    headers: Mapping[str, str]
    claims: Mapping[str, object]


def resolve(field: Field, config: Config, ports: Ports, deadline: float) -> dict[str, Any]:
    """Return `data`, what the field is, or `error` with its message, type, code, param and request id, before
    `deadline` in monotonic seconds.

    Raises:
        KeyError: the schema has no such field, or not these arguments; the gateway lets neither through.
    """
    method, path, body, result = _ROUTES[field.name]
    request = HttpRequest(method, path, field.headers, body(field.arguments), field.claims)
    response = respond(request, config, ports, deadline)
    content = json.loads(response.body)
    if response.status >= 400:
        return {"error": _error(content, response.headers)}
    return {"data": result(content)}


def _no_body(_: Mapping[str, Any]) -> bytes:
    return b""


def _question(arguments: Mapping[str, Any]) -> bytes:
    given = arguments["input"]
    messages = [{"role": each["role"].lower(), "content": each["content"]} for each in given["messages"]]
    body = {_snake(name): value for name, value in given.items()} | {"messages": messages}
    return json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass")


def _answer(completion: Mapping[str, Any]) -> Any:
    choice, usage = completion["choices"][0], completion["usage"]
    return _camelled(
        {
            **completion,
            "text": choice["message"]["content"],
            "finish_reason": choice["finish_reason"].upper(),
            "guardrail": {**completion["guardrail"], "action": completion["guardrail"]["action"].upper()},
            "usage": {
                "input_tokens": usage["prompt_tokens"],
                "output_tokens": usage["completion_tokens"],
                "total_tokens": usage["total_tokens"],
            },
        }
    )


def _models(listing: Mapping[str, Any]) -> Any:
    return _camelled(listing["data"])


_ROUTES: Final = {
    "ask": ("POST", "/v1/chat/completions", _question, _answer),
    "models": ("GET", "/v1/models", _no_body, _models),
}
"""Field -> the method and path that answer it, how its arguments are a body, and how the response is its value."""


def _error(content: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    error, param = content["error"], content["error"]["param"] or ""
    retry = {"retryAfterSeconds": int(headers["retry-after"])} if "retry-after" in headers else {}
    return {
        "message": error["message"].replace(param, _camel(param)),
        "type": error["type"],
        "code": error["code"],
        "param": _camel(param) or None,
        "requestId": content["request_id"],
        **retry,
    }


def _camelled(value: Any) -> Any:
    if isinstance(value, dict):
        return {_camel(name): _camelled(each) for name, each in value.items()}
    return [_camelled(each) for each in value] if isinstance(value, list) else value


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)
