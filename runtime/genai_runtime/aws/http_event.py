"""Events of an API Gateway HTTP API, payload format 2.0, and the responses to them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from genai_runtime.core.http import HttpRequest, HttpResponse


def read_event(event: Mapping[str, Any]) -> HttpRequest:
    """Return the request that an event holds; its claims are those that the JWT authorizer verified."""
    context = event["requestContext"]
    body: str = event.get("body") or ""
    stage = context.get("stage", "$default")
    # The path starts with the stage's name, unless the stage is the default one.
    path: str = event["rawPath"]
    if stage != "$default" and f"{path}/".startswith(f"/{stage}/"):
        path = path.removeprefix(f"/{stage}")
    return HttpRequest(
        method=context["http"]["method"],
        path=path,
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(errors="surrogatepass"),
        claims=context.get("authorizer", {}).get("jwt", {}).get("claims") or {},
        query=dict(parse_qsl(event.get("rawQueryString", ""))),
    )


def write_response(response: HttpResponse) -> dict[str, Any]:
    """Return what the function returns for a response."""
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "body": response.body,
        "isBase64Encoded": False,
    }
