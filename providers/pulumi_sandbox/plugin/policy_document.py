"""IAM policy documents from statements, as the upstream data source ``aws_iam_policy_document`` writes them."""

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pulumi_sandbox.plugin.errors import UserError

_NO_VARIABLES = "2008-10-17"
_LISTS = (
    ("actions", "Action"),
    ("notActions", "NotAction"),
    ("resources", "Resource"),
    ("notResources", "NotResource"),
)
_ORDER = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")

Document = dict[str, Any]


def policy_document(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of getPolicyDocument: ``json`` (indented), ``minifiedJson``, ``id`` and the arguments.

    Raises UserError for a repeated statement id, an unknown version or effect, or text that is no JSON.
    """
    version = arguments.get("version", "2012-10-17")
    if version not in ("2008-10-17", "2012-10-17"):
        raise UserError(f"version: expected '2008-10-17' or '2012-10-17', got {version!r}")
    merged: Document = {}
    seen: set[str] = set()
    for index, text in enumerate(arguments.get("sourcePolicyDocuments") or ()):
        source = _parse(text, "sourcePolicyDocuments", index)
        _require_unique(source["Statement"], seen, f"sourcePolicyDocuments[{index}]")
        _merge(merged, source)
    own: Document = {"Version": version, "Id": arguments.get("policyId", ""), "Statement": []}
    own["Statement"] = [_statement(item, version, at) for at, item in enumerate(arguments.get("statements") or ())]
    _require_unique(own["Statement"], set(), "statements")
    _merge(merged, own)
    for index, text in enumerate(arguments.get("overridePolicyDocuments") or ()):
        _merge(merged, _parse(text, "overridePolicyDocuments", index))
    ordered = {key: merged[key] for key in ("Version", "Id", "Statement") if merged.get(key)}
    indented = _json(ordered, indent=2)
    minified = _json(ordered, indent=None)
    return {**arguments, "version": version, "json": indented, "minifiedJson": minified, "id": _hash(indented)}


def _json(document: Document, indent: int | None) -> str:
    text = json.dumps(document, indent=indent, separators=(",", ": ") if indent else (",", ":"), ensure_ascii=False)
    # Go's encoder, whose output states hold, writes these three as escapes.
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _hash(text: str) -> str:
    return str(zlib.crc32(text.encode()))


def _parse(text: str, where: str, index: int) -> Document:
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise UserError(f"{where}[{index}] is not JSON ({problem}): give a policy document") from None
    statements = document.get("Statement", [])
    document["Statement"] = [_ordered(item) for item in (statements if isinstance(statements, list) else [statements])]
    return document


def _ordered(statement: Mapping[str, Any]) -> dict[str, Any]:
    result = {key: statement[key] for key in _ORDER if statement.get(key) not in (None, "", [], {})}
    for key in ("Principal", "NotPrincipal"):
        if isinstance(result.get(key), dict):
            entries = sorted(result[key].items())
            result[key] = {kind: sorted(ids, reverse=True) if isinstance(ids, list) else ids for kind, ids in entries}
    if "Condition" in result:
        result["Condition"] = {
            test: {name: _one_or_list(value) for name, value in sorted(result["Condition"][test].items())}
            for test in sorted(result["Condition"])
        }
    return result


def _one_or_list(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _require_unique(statements: Sequence[Mapping[str, Any]], seen: set[str], where: str) -> None:
    for statement in statements:
        sid = statement.get("Sid")
        if sid and sid in seen:
            raise UserError(f"{where}: duplicate Sid {sid!r}: remove it, or make the statement ids unique")
        if sid:
            seen.add(sid)


def _merge(into: Document, new: Document) -> None:
    """Add the statements of ``new``; one with a known id takes the place of the old."""
    if new.get("Id"):
        into["Id"] = new["Id"]
    into["Version"] = max(into.get("Version", ""), new.get("Version", ""))
    statements: list[dict[str, Any]] = into.setdefault("Statement", [])
    for statement in new["Statement"]:
        sid = statement.get("Sid")
        place = next((at for at, old in enumerate(statements) if sid and old.get("Sid") == sid), None)
        if place is None:
            statements.append(statement)
        else:
            statements[place] = statement


def _statement(given: Mapping[str, Any], version: str, index: int) -> dict[str, Any]:
    effect = given.get("effect", "Allow")
    if effect not in ("Allow", "Deny"):
        raise UserError(f"statements[{index}].effect: expected 'Allow' or 'Deny', got {effect!r}")
    sid = given.get("sid", "")
    if sid and not (sid.isascii() and sid.isalnum()):
        raise UserError(f"statements[{index}].sid: only letters and digits are allowed, got {sid!r}")
    result: dict[str, Any] = {"Sid": sid, "Effect": effect}

    def variables(text: str) -> str:
        if version == _NO_VARIABLES and "&{" in text:
            raise UserError(f"statements[{index}]: {text!r} has &{{, which policy version {version} does not know")
        return text.replace("&{", "${")

    for name, key in _LISTS:
        values = _sorted(given.get(name) or (), variables if "esource" in key else str)
        if values:
            result[key] = values
    for name, key in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(name):
            result[key] = _principals(given[name], variables)
    if given.get("conditions"):
        result["Condition"] = _conditions(given["conditions"], variables)
    return _ordered(result)


def _sorted(values: Sequence[str], change: Callable[[str], str]) -> str | list[str]:
    result = [change(value) for value in sorted(set(values), reverse=True)]
    return result[0] if len(result) == 1 else result


def _principals(given: Sequence[Mapping[str, Any]], change: Callable[[str], str]) -> Any:
    if len(given) == 1 and given[0]["type"] == "*" and list(given[0]["identifiers"]) == ["*"]:
        return "*"
    merged: dict[str, list[str]] = {}
    for principal in given:
        merged.setdefault(principal["type"], []).extend(principal["identifiers"])
    return {kind: _sorted(identifiers, change) for kind, identifiers in merged.items()}


def _conditions(given: Sequence[Mapping[str, Any]], change: Callable[[str], str]) -> dict[str, dict[str, list[str]]]:
    merged: dict[str, dict[str, list[str]]] = {}
    for condition in given:
        values = merged.setdefault(condition["test"], {}).setdefault(condition["variable"], [])
        values.extend(change(value) for value in condition["values"])
    return merged
