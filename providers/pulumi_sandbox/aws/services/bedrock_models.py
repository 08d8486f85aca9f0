"""Bedrock: foundation models and inference profiles (the control plane)."""

import time
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.durable import open_map

from .bedrock_tags import drop_tags, from_pairs, set_tags
from .control_plane import once, page, permissions_for, random_id
from .foundation_models import FoundationModel, destination_regions, foundation_models, system_profiles
from .rest_json import Call, InvalidRequestError, NotFoundError, routes_for

SIGNING_NAME = "bedrock"
_profiles = open_map("bedrock.inference_profiles")
_ID_LENGTH = 12
# System profiles were there before any sandbox; AWS says when for each, the sandbox says 2025-01-01 for all.
_SYSTEM_PROFILE_TIME = 1735689600.0


def _summary(model: FoundationModel, region: str) -> dict[str, Any]:
    embeds = bool(model.dimensions)
    return {
        "modelArn": model.arn(region),
        "modelId": model.id,
        "modelName": model.name,
        "providerName": model.provider,
        "inputModalities": list(model.input),
        "outputModalities": ["EMBEDDING" if embeds else "TEXT"],
        "responseStreamingSupported": not embeds,
        "customizationsSupported": [],
        "inferenceTypesSupported": ["ON_DEMAND"] if model.on_demand else ["INFERENCE_PROFILE"],
        "modelLifecycle": {"status": "ACTIVE"},
    }


def _list_models(call: Call) -> dict[str, Any]:
    asked = call.parameters
    kept = [
        summary
        for model in foundation_models().values()
        for summary in [_summary(model, call.region)]
        if asked.get("byProvider", model.provider).casefold() == model.provider.casefold()
        and asked.get("byOutputModality", summary["outputModalities"][0]) in summary["outputModalities"]
        and asked.get("byInferenceType", summary["inferenceTypesSupported"][0]) in summary["inferenceTypesSupported"]
        and "byCustomizationType" not in asked
    ]
    return {"modelSummaries": kept}


def _get_model(call: Call) -> dict[str, Any]:
    identifier = call.parameters["modelIdentifier"]
    model = foundation_models().get(identifier.rpartition("foundation-model/")[2])
    if model is None:
        raise NotFoundError(f"Could not resolve the foundation model from the provided model identifier: {identifier}")
    return {"modelDetails": _summary(model, call.region)}


def _system_profile(call: Call, name: str) -> dict[str, Any] | None:
    found = system_profiles(call.region).get(name)
    if not found:
        return None
    geography, model = found
    title = "Global" if geography == "global" else geography.upper()
    return {
        "inferenceProfileName": f"{title} {model.provider} {model.name}"[:64],
        "description": f"Routes requests to {model.provider} {model.name} in {title}",
        "createdAt": _SYSTEM_PROFILE_TIME,
        "updatedAt": _SYSTEM_PROFILE_TIME,
        "inferenceProfileArn": call.arn(f"inference-profile/{name}"),
        "models": [{"modelArn": model.arn(region)} for region in destination_regions(geography, call.region)],
        "inferenceProfileId": name,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
        "model": model.id,
    }


def _profile(call: Call, identifier: str) -> dict[str, Any]:
    name = identifier.rpartition("/")[2]
    found = _profiles.get(call.arn(f"application-inference-profile/{name}")) or _system_profile(call, name)
    if found is None:
        raise NotFoundError(f"The inference profile {identifier} does not exist.")
    return found


def _create_profile(call: Call) -> dict[str, Any]:
    return once(call, "clientRequestToken", lambda: _created_profile(call))


def _created_profile(call: Call) -> dict[str, Any]:
    asked = call.parameters
    source = asked["modelSource"]["copyFrom"]
    model = foundation_models().get(source.rpartition("foundation-model/")[2])
    if model:
        models = [{"modelArn": model.arn(call.region)}]
        if not model.on_demand:
            raise InvalidRequestError(f"{model.id} is invoked through inference profiles: copy from one of those.")
    else:
        copied = _profile(call, source)
        if copied["type"] != "SYSTEM_DEFINED":
            raise InvalidRequestError(f"copyFrom {source}: an application inference profile cannot be copied.")
        models, model = copied["models"], foundation_models()[copied["model"]]
    profile_id, now = random_id(_ID_LENGTH), time.time()
    arn = call.arn(f"application-inference-profile/{profile_id}")
    _profiles[arn] = {
        "inferenceProfileName": asked["inferenceProfileName"],
        "description": asked.get("description"),
        "createdAt": now,
        "updatedAt": now,
        "inferenceProfileArn": arn,
        "models": models,
        "inferenceProfileId": profile_id,
        "status": "ACTIVE",
        "type": "APPLICATION",
        "model": model.id,
    }
    set_tags(arn, from_pairs(asked.get("tags", ())))
    return {"inferenceProfileArn": arn, "status": "ACTIVE"}


def _get_profile(call: Call) -> dict[str, Any]:
    return _profile(call, call.parameters["inferenceProfileIdentifier"])


def _delete_profile(call: Call) -> dict[str, Any]:
    profile = _profile(call, call.parameters["inferenceProfileIdentifier"])
    if profile["type"] == "SYSTEM_DEFINED":
        raise InvalidRequestError("A system-defined inference profile cannot be deleted.")
    del _profiles[profile["inferenceProfileArn"]]
    drop_tags(profile["inferenceProfileArn"])
    return {}


def _list_profiles(call: Call) -> dict[str, Any]:
    scope = call.arn("application-inference-profile/")
    own = [profile for arn, profile in _profiles.snapshot().items() if arn.startswith(scope)]
    system = [_system_profile(call, name) for name in system_profiles(call.region)]
    wanted = call.parameters.get("typeEquals")
    found = [profile for profile in [*system, *own] if profile and wanted in {None, profile["type"]}]
    return page(found, "inferenceProfileSummaries", call.parameters)


def _resource(operation: str, labels: Mapping[str, str], caller: Any) -> list[str]:
    if "inferenceProfileIdentifier" in labels:
        identifier = labels["inferenceProfileIdentifier"]
        kind = "inference-profile" if "." in identifier else "application-inference-profile"
        scope = f"arn:aws:bedrock:{caller.region}:{caller.account}:{kind}/"
        return [identifier if identifier.startswith("arn:") else scope + identifier]
    if operation == "GetFoundationModel":
        name = labels["modelIdentifier"].rpartition("foundation-model/")[2]
        return [f"arn:aws:bedrock:{caller.region}::foundation-model/{name}"]
    return ["*"]


routes = routes_for(
    "bedrock",
    {
        "ListFoundationModels": _list_models,
        "GetFoundationModel": _get_model,
        "CreateInferenceProfile": _create_profile,
        "GetInferenceProfile": _get_profile,
        "DeleteInferenceProfile": _delete_profile,
        "ListInferenceProfiles": _list_profiles,
    },
)
actions = permissions_for(routes, "bedrock", _resource)
