"""Events of an API Gateway WebSocket API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
"""

import base64
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.core.request import Caller
from genai_runtime.core.socket_exchange import SocketMessage

ACCEPTED: Final = {"statusCode": 200}
"""What a function returns: the gateway sends nothing of it to the client, but needs it to go on."""


def read_message(event: Mapping[str, Any], tenant_claim: str) -> SocketMessage:
    """Return the message that an event holds, of the caller that the authorizer named when the connection was made."""
    context = event["requestContext"]
    known = context.get("authorizer") or {}
    body: str = event.get("body") or ""
    return SocketMessage(
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(errors="surrogatepass"),
        connection=context["connectionId"],
        claims={"sub": known.get("user"), tenant_claim: known.get("tenant")},
    )


def authorization(arn: str, caller: Caller | None) -> dict[str, Any]:
    """Return the authorizer's answer: whether the connection may be made, and whose it is."""
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow" if caller else "Deny", "Resource": arn}
    return {
        "principalId": caller.user if caller else "unknown",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        **({"context": {"user": caller.user, "tenant": caller.tenant}} if caller else {}),
    }
