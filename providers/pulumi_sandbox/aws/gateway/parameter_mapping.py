"""Request parameter mapping: what ``$request.body.a`` and its like mean for one request.

Source: API Gateway developer guide, "Transform API requests and responses for HTTP APIs".
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_sandbox.aws.gateway.api_model import Api, Stage
from pulumi_sandbox.aws.gateway.matching import Match
from pulumi_sandbox.aws.gateway.request import Authorization, GatewayRequest

_SELECTION = re.compile(r"\$(?:(request|context|stageVariables)[\w.\-\[\]:]*)")
_INSERTED = re.compile(r"\$\{((?:request|context|stageVariables)[^}]*)\}")


class ParameterMapping:
    """The values that a request, its route and its stage give to mapped parameters."""

    def __init__(
        self,
        request: GatewayRequest,
        api: Api,
        stage: Stage,
        match: Match,
        authorization: Authorization | None,
    ) -> None:
        self._request = request
        self._match = match
        self._stage = stage
        self._context = {
            "accountId": api.account,
            "apiId": api.id,
            "domainName": request.header("host") or "",
            "domainPrefix": api.id,
            "httpMethod": request.method,
            "identity.sourceIp": request.source_ip,
            "identity.userAgent": request.user_agent,
            "path": request.path,
            "protocol": request.protocol,
            "requestId": request.request_id,
            "extendedRequestId": request.request_id,
            "requestTime": request.clock,
            "requestTimeEpoch": str(int(request.time)),
            "routeKey": match.route.key,
            "stage": stage.name,
            **(authorization.variables if authorization else {}),
        }

    def value(self, mapping: str) -> str | None:
        """Return what a mapping means: a selection, text with ``${...}`` in it, or the text itself; None if nothing."""
        if _SELECTION.fullmatch(mapping):
            return self._selected(mapping[1:])
        return _INSERTED.sub(lambda found: self._selected(found[1]) or "", mapping)

    def _selected(self, selection: str) -> str | None:
        source, _, name = selection.partition(".")
        if source == "context":
            value = self._context.get(name)
            return None if value is None else _text(value)
        if source == "stageVariables":
            return self._stage.variables.get(name)
        part, _, rest = name.partition(".")
        reader = self._readers().get(part)
        return reader(rest) if reader else None

    def _readers(self) -> Mapping[str, Callable[[str], str | None]]:
        return {
            "body": self._body,
            "header": lambda name: self._request.header(name.lower()),
            "querystring": self._query,
            "path": lambda name: self._match.parameters.get(name) if name else self._request.path,
        }

    def _query(self, name: str) -> str | None:
        values = [value for key, value in self._request.query_pairs() if key == name]
        return ",".join(values) if values else None

    def _body(self, path: str) -> str | None:
        text = self._request.body.decode(errors="replace")
        if not path:
            return text
        try:
            value: Any = json.loads(text)
            for step in path.split("."):
                value = value[int(step) if isinstance(value, list) else step]
        except (ValueError, LookupError, TypeError):
            return None
        return _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
