"""What a distribution does with a request: its behaviour, its origin, the headers of its answers."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pulumi_sandbox.durable import open_map

Headers = list[tuple[str, str]]
_resources = open_map("recorded")


def recorded(token: str, identifier: str) -> Mapping[str, Any] | None:
    """Return the properties of a resource as it is deployed now."""
    found = _resources.get(quote(token, safe="") + "/" + quote(identifier, safe=""))
    return found and found["outputs"]


def recorded_by_arn(token: str, arn: str) -> Mapping[str, Any] | None:
    """Return the properties of the resource of a type that has this ARN."""
    prefix = quote(token, safe="") + "/"
    entries = _resources.snapshot().items()
    return next(
        (entry["outputs"] for key, entry in entries if key.startswith(prefix) and entry["outputs"].get("arn") == arn),
        None,
    )


def matches(pattern: str, path: str) -> bool:
    """Return whether a path pattern takes a path: ``*`` is any text, ``?`` one character, the first slash optional."""
    expression = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern.removeprefix("/"))
    return re.fullmatch(expression, path.removeprefix("/"), re.DOTALL) is not None


def behaviour_for(distribution: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """Return the first behaviour whose pattern takes the path, else the default one."""
    ordered = distribution.get("orderedCacheBehaviors") or ()
    return next((each for each in ordered if matches(each["pathPattern"], path)), distribution["defaultCacheBehavior"])


def origin_of(distribution: Mapping[str, Any], behaviour: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the origin that a behaviour names."""
    return next(each for each in distribution["origins"] if each["originId"] == behaviour["targetOriginId"])


def with_policy(policy: Mapping[str, Any] | None, headers: Headers) -> Headers:
    """Return an answer's headers as a response headers policy makes them."""
    if policy is None:
        return headers
    removed = {each["header"].lower() for each in (policy.get("removeHeadersConfig") or {}).get("items") or ()}
    headers = [pair for pair in headers if pair[0] not in removed]
    for name, value, override in _added(policy):
        if override:
            headers = [pair for pair in headers if pair[0] != name]
        if all(pair[0] != name for pair in headers):
            headers.append((name, value))
    return headers


def _added(policy: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    security = policy.get("securityHeadersConfig") or {}
    added: list[tuple[str, str, bool]] = []
    for member, name, property_name in (
        ("contentSecurityPolicy", "content-security-policy", "contentSecurityPolicy"),
        ("frameOptions", "x-frame-options", "frameOption"),
        ("referrerPolicy", "referrer-policy", "referrerPolicy"),
    ):
        if each := security.get(member):
            added.append((name, each[property_name], each["override"]))
    if each := security.get("contentTypeOptions"):
        added.append(("x-content-type-options", "nosniff", each["override"]))
    if each := security.get("strictTransportSecurity"):
        value = f"max-age={each['accessControlMaxAgeSec']}"
        value += "; includeSubDomains" if each.get("includeSubdomains") else ""
        value += "; preload" if each.get("preload") else ""
        added.append(("strict-transport-security", value, each["override"]))
    custom = (policy.get("customHeadersConfig") or {}).get("items") or ()
    return added + [(each["header"].lower(), each["value"], each["override"]) for each in custom]
