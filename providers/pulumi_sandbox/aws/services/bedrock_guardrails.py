"""Bedrock: guardrails and their versions (the control plane; evaluating them is `bedrock_runtime`'s)."""

import re
import time
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.durable import open_map

from .bedrock_tags import drop_tags, from_pairs, set_tags
from .control_plane import once, page, permissions_for, random_id
from .rest_json import Call, InvalidRequestError, NotFoundError, ServiceError, routes_for

SIGNING_NAME = "bedrock"
_guardrails = open_map("bedrock.guardrails")
_ID_LENGTH = 12
_POLICIES = (
    "topicPolicy",
    "contentPolicy",
    "wordPolicy",
    "sensitiveInformationPolicy",
    "contextualGroundingPolicy",
)
_PLAIN = ("name", "description", "blockedInputMessaging", "blockedOutputsMessaging")
_TIERED = ("topicPolicy", "contentPolicy")
_MOST_GROUNDING_THRESHOLD = 0.99
_SUMMARY = ("name", "description", "status", "version", "createdAt", "updatedAt", "crossRegionDetails")


def find_guardrail(identifier: str, version: str, region: str, account: str) -> dict[str, Any]:
    """Return a guardrail's version ("DRAFT" or a number) in the shape of GetGuardrail; raises LookupError."""
    record = _guardrails.get(_arn(identifier, region, account))
    if record is None:
        raise LookupError(identifier)
    return _version(record, version)


def guardrail_arn(identifier: str, region: str, account: str) -> str:
    """Return the ARN of a guardrail given by id or ARN."""
    return _arn(identifier, region, account)


def _arn(identifier: str, region: str, account: str) -> str:
    return identifier if identifier.startswith("arn:") else f"arn:aws:bedrock:{region}:{account}:guardrail/{identifier}"


def _version(record: Mapping[str, Any], version: str) -> dict[str, Any]:
    if version == "DRAFT":
        return record["draft"]
    return record["versions"][version]


def _record(call: Call) -> dict[str, Any]:
    arn = _arn(call.parameters["guardrailIdentifier"], call.region, call.account)
    record = _guardrails.get(arn)
    if record is None:
        raise NotFoundError(f"The guardrail {call.parameters['guardrailIdentifier']} does not exist.")
    return record


def _create(call: Call) -> dict[str, Any]:
    return once(call, "clientRequestToken", lambda: _created(call))


def _created(call: Call) -> dict[str, Any]:
    now = time.time()
    guardrail_id = random_id(_ID_LENGTH)
    arn = call.arn(f"guardrail/{guardrail_id}")
    draft = _draft(call, arn, now)
    draft |= {"guardrailId": guardrail_id, "guardrailArn": arn, "createdAt": now}
    _guardrails[arn] = {"draft": draft, "versions": {}, "last_version": 0}
    set_tags(arn, from_pairs(call.parameters.get("tags", ())))
    return {"guardrailId": guardrail_id, "guardrailArn": arn, "version": "DRAFT", "createdAt": now}


def _draft(call: Call, arn: str, now: float) -> dict[str, Any]:
    asked = call.parameters
    _check_name(call, arn)
    draft: dict[str, Any] = {key: asked[key] for key in _PLAIN if key in asked}
    for policy in _POLICIES:
        config = asked.get(f"{policy}Config")
        if config:
            draft[policy] = {_without_config(key): value for key, value in config.items()}
    if not any(policy in draft for policy in _POLICIES):
        raise InvalidRequestError("A guardrail must have at least one policy.")
    if "automatedReasoningPolicyConfig" in asked:
        raise InvalidRequestError("automatedReasoningPolicyConfig: the sandbox has no automated reasoning; omit it.")
    _complete(draft, call)
    _check_policies(draft)
    return draft | {"version": "DRAFT", "status": "READY", "updatedAt": now}


def _without_config(name: str) -> str:
    return name.removesuffix("Config")


def _complete(draft: dict[str, Any], call: Call) -> None:
    for policy in _TIERED:
        if policy in draft:
            draft[policy].setdefault("tier", {"tierName": "CLASSIC"})
    for entry in (draft.get("contentPolicy") or {}).get("filters", ()):
        entry.setdefault("inputModalities", ["TEXT"])
        entry.setdefault("outputModalities", ["TEXT"])
    if key := call.parameters.get("kmsKeyId"):
        draft["kmsKeyArn"] = key if key.startswith("arn:") else call.arn(_key_resource(key), "kms")
    if cross := call.parameters.get("crossRegionConfig"):
        profile = cross["guardrailProfileIdentifier"].rpartition("/")[2]
        draft["crossRegionDetails"] = {
            "guardrailProfileId": profile,
            "guardrailProfileArn": call.arn(f"guardrail-profile/{profile}"),
        }


def _key_resource(key: str) -> str:
    return key if key.startswith("alias/") else f"key/{key}"


def _check_name(call: Call, arn: str) -> None:
    name = call.parameters["name"]
    scope = call.arn("guardrail/")
    for other, record in _guardrails.snapshot().items():
        if other.startswith(scope) and other != arn and record["draft"]["name"] == name:
            raise ServiceError("ConflictException", f"Another guardrail in your account already has this name: {name}")


def _check_policies(draft: Mapping[str, Any]) -> None:
    for entry in (draft.get("contentPolicy") or {}).get("filters", ()):
        if entry["type"] == "PROMPT_ATTACK" and entry["outputStrength"] != "NONE":
            raise InvalidRequestError(
                f"Invalid output strength for PROMPT_ATTACK: {entry['outputStrength']}. It must be NONE."
            )
    for entry in (draft.get("sensitiveInformationPolicy") or {}).get("regexes", ()):
        try:
            re.compile(entry["pattern"])
        except re.error as error:
            raise InvalidRequestError(f"The pattern of regex {entry['name']} is not valid: {error}") from error
    for entry in (draft.get("contextualGroundingPolicy") or {}).get("filters", ()):
        if entry["threshold"] > _MOST_GROUNDING_THRESHOLD:
            raise InvalidRequestError(
                f"The threshold of the {entry['type']} filter is {entry['threshold']}; it must be from 0 to 0.99."
            )
    for policy in _TIERED:
        tier = (draft.get(policy) or {}).get("tier", {}).get("tierName")
        if tier == "STANDARD" and "crossRegionDetails" not in draft:
            raise InvalidRequestError(f"The STANDARD tier of {policy}Config requires a crossRegionConfig.")


def _update(call: Call) -> dict[str, Any]:
    record = _record(call)
    old = record["draft"]
    now = time.time()
    draft = _draft(call, old["guardrailArn"], now)
    record["draft"] = draft | {key: old[key] for key in ("guardrailId", "guardrailArn", "createdAt")}
    _guardrails[old["guardrailArn"]] = record
    return {key: record["draft"][key] for key in ("guardrailId", "guardrailArn", "version", "updatedAt")}


def _create_version(call: Call) -> dict[str, Any]:
    return once(call, "clientRequestToken", lambda: _created_version(call))


def _created_version(call: Call) -> dict[str, Any]:
    with _guardrails.transaction():
        record = _record(call)
        record["last_version"] += 1
        version = str(record["last_version"])
        now = time.time()
        snapshot = record["draft"] | {"version": version, "createdAt": now, "updatedAt": now}
        snapshot.pop("description", None)
        if "description" in call.parameters:
            snapshot["description"] = call.parameters["description"]
        record["versions"][version] = snapshot
        _guardrails[snapshot["guardrailArn"]] = record
    return {"guardrailId": snapshot["guardrailId"], "version": version}


def _get(call: Call) -> dict[str, Any]:
    return _existing_version(call, call.parameters.get("guardrailVersion", "DRAFT"))


def _existing_version(call: Call, version: str) -> dict[str, Any]:
    record = _record(call)
    if version != "DRAFT" and version not in record["versions"]:
        raise NotFoundError(f"The guardrail {record['draft']['guardrailId']} has no version {version}.")
    return _version(record, version)


def _delete(call: Call) -> dict[str, Any]:
    record = _record(call)
    arn = record["draft"]["guardrailArn"]
    if version := call.parameters.get("guardrailVersion"):
        _existing_version(call, version)
        del record["versions"][version]
        _guardrails[arn] = record
    else:
        del _guardrails[arn]
        drop_tags(arn)
    return {}


def _list(call: Call) -> dict[str, Any]:
    if "guardrailIdentifier" in call.parameters:
        record = _record(call)
        found = [record["draft"], *record["versions"].values()]
    else:
        scope = call.arn("guardrail/")
        found = [record["draft"] for arn, record in _guardrails.snapshot().items() if arn.startswith(scope)]
    summaries = [
        {"id": each["guardrailId"], "arn": each["guardrailArn"], **{key: each.get(key) for key in _SUMMARY}}
        for each in found
    ]
    return page(summaries, "guardrails", call.parameters)


def _resource(_operation: str, labels: Mapping[str, str], caller: Any) -> list[str]:
    return [_arn(labels.get("guardrailIdentifier", "*"), caller.region, caller.account)]


routes = routes_for(
    "bedrock",
    {
        "CreateGuardrail": _create,
        "UpdateGuardrail": _update,
        "CreateGuardrailVersion": _create_version,
        "GetGuardrail": _get,
        "DeleteGuardrail": _delete,
        "ListGuardrails": _list,
    },
)
actions = permissions_for(routes, "bedrock", _resource)
