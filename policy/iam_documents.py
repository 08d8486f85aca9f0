"""IAM policy documents by meaning: what is allowed or trusted, however the document is written.

A document is a text of JSON, an object, or not known yet; a part that may stand alone is always a list here, and the
names of elements may have any case, as what AWS might accept must not pass unseen.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from known import Unknown
from rule import Resource

WILDCARD = re.compile(r"[*?]")

IDENTITY_POLICIES = (
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/role:Role",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
"""Types whose documents give permissions to whoever has them."""


@dataclass(frozen=True)
class Statement:
    """A statement with its place, such as `policy, statement 1`. Anything in it may be `Unknown`."""

    place: str
    effect: Any
    actions: Sequence[Any]
    not_actions: Sequence[Any]
    resources: Sequence[Any]
    not_resources: Sequence[Any]
    principals: Sequence[tuple[str, Any]]
    """Kind, such as `AWS`, `Service` or `Federated`, and value; the kind `*` is anyone."""
    not_principals: bool
    conditions: Sequence[tuple[str, str, Sequence[Any]]]
    """Operator and key, both in lower case, and the values."""

    @property
    def allows(self) -> bool:
        """Whether it allows something, or may: its effect is not known to be Deny."""
        return not (isinstance(self.effect, str) and self.effect.lower() == "deny")


Part = Statement | Unknown | str
"""A statement; what is not known of a document; or why a text is no document."""


def permissions(resource: Resource) -> Iterator[Part]:
    """What the documents of a resource allow those who have it. A role's trust policy gives nothing."""
    if "policy" in resource.properties:
        yield from statements("policy", resource.properties["policy"])
    for number, inline in enumerate(listed(resource.properties.get("inlinePolicies"))):
        if isinstance(inline, Unknown):
            yield inline
        elif "policy" in inline:
            yield from statements(f"inlinePolicies[{number}].policy", inline["policy"])


def allowed(resource: Resource) -> Iterator[Statement]:
    """The statements that allow something, of the documents that are known.

    One rule alone, `iam-no-wildcard-action`, reports a document that is not known or none: others would say it again.
    """
    for part in permissions(resource):
        if isinstance(part, Statement) and part.allows:
            yield part


def statements(path: str, document: Any) -> Iterator[Part]:
    """The statements of one document."""
    if isinstance(document, Unknown):
        yield document
        return
    try:
        content = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        content = None
    if not isinstance(content, Mapping):
        yield f"{path} is no policy document in JSON, so that nobody can tell what it allows"
        return
    for number, each in enumerate(listed(element(content, "Statement")), 1):
        place = f"{path}, statement {number}"
        if isinstance(each, Unknown):
            yield each
        elif isinstance(each, Mapping):
            yield _statement(place, each)
        else:
            yield f"{place} is no statement, so that nobody can tell what it allows"


def element(holder: Mapping[str, Any], name: str) -> Any:
    """An element of a document, whatever the case of its name."""
    return next((value for key, value in holder.items() if key.lower() == name.lower()), None)


def listed(value: Any) -> list[Any]:
    """A list of what may stand alone without one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def known_texts(values: Sequence[Any]) -> Iterator[str]:
    """The values that are known."""
    return (str(value) for value in values if not isinstance(value, Unknown))


def _statement(place: str, holder: Mapping[str, Any]) -> Statement:
    return Statement(
        place,
        element(holder, "Effect"),
        listed(element(holder, "Action")),
        listed(element(holder, "NotAction")),
        listed(element(holder, "Resource")),
        listed(element(holder, "NotResource")),
        tuple(_principals(element(holder, "Principal"))),
        element(holder, "NotPrincipal") is not None,
        tuple(_conditions(element(holder, "Condition"))),
    )


def _principals(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for kind, members in value.items():
            yield from (("*" if member == "*" and kind == "AWS" else kind, member) for member in listed(members))
    elif value is not None:
        yield ("*" if value == "*" else "", value)


def _conditions(value: Any) -> Iterator[tuple[str, str, Sequence[Any]]]:
    if not isinstance(value, Mapping):
        return
    for operator, keys in value.items():
        if isinstance(keys, Mapping):
            for key, values in keys.items():
                yield operator.lower(), key.lower(), listed(values)
