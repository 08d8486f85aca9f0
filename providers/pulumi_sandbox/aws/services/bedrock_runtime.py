"""Bedrock runtime: model calls, token counts and guardrails applied to texts."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.routing import Match

from pulumi_sandbox.models.extractive import input_tokens
from pulumi_sandbox.models.guardrails import Block, evaluate
from pulumi_sandbox.models.tokens import count_tokens

from .bedrock_guardrails import find_guardrail, guardrail_arn
from .converse import converse, converse_stream
from .converse_conversation import conversation_of
from .converse_guardrail import require_key
from .foundation_models import resolve_model
from .guarded_images import guarded_images
from .invocation_records import logged
from .model_faults import breaks_off, meet_fault
from .native_bodies import invoke_body
from .rest_json import Call, InvalidRequestError, NotFoundError, ServiceError, checked_parameters, routes_for

SIGNING_NAME = "bedrock"
_MODEL_ACTIONS: Mapping[str, str] = {
    "Converse": "bedrock:InvokeModel",
    "InvokeModel": "bedrock:InvokeModel",
    "ConverseStream": "bedrock:InvokeModelWithResponseStream",
    "InvokeModelWithResponseStream": "bedrock:InvokeModelWithResponseStream",
    "CountTokens": "bedrock:CountTokens",
}


def invoke_model(call: Call) -> dict[str, Any]:
    """Return InvokeModel's answer: the ``body`` as bytes, and its type."""
    model = resolve_model(call.parameters["modelId"], call.region, call.account).model
    if model.dimensions and breaks_off(call.parameters["modelId"], model.id):
        raise ServiceError("ModelErrorException", "The model failed to answer.")

    def conversing(body: Mapping[str, Any]) -> Mapping[str, Any]:
        asked = checked_parameters("bedrock-runtime", "Converse", {**body, **_guardrail_config(call)})
        return converse(replace(call, parameters=asked))

    body = invoke_body(model, call.parameters.get("body", b""), conversing)
    return {"body": json.dumps(body).encode(), "contentType": "application/json"}


def _guardrail_config(call: Call) -> dict[str, Any]:
    asked = call.parameters
    config: dict[str, Any] = {"modelId": asked["modelId"]}
    if "guardrailIdentifier" in asked:
        config["guardrailConfig"] = {
            "guardrailIdentifier": asked["guardrailIdentifier"],
            "guardrailVersion": asked.get("guardrailVersion", ""),
        }
    return config


def _invoke_model_stream(call: Call) -> dict[str, Any]:
    resolve_model(call.parameters["modelId"], call.region, call.account)
    raise InvalidRequestError("The sandbox streams by ConverseStream only, not by InvokeModelWithResponseStream.")


def _count_tokens(call: Call) -> dict[str, Any]:
    model = resolve_model(call.parameters["modelId"], call.region, call.account).model
    asked = call.parameters["input"]
    if "converse" in asked:
        return {"inputTokens": input_tokens(conversation_of(asked["converse"], model))}
    return {"inputTokens": count_tokens(asked["invokeModel"]["body"].decode("utf-8", "replace"))}


def _apply_guardrail(call: Call) -> dict[str, Any]:
    asked = call.parameters
    meet_fault(asked["guardrailIdentifier"].rpartition("/")[2])
    require_key(call, asked["guardrailIdentifier"])
    try:
        guardrail = find_guardrail(asked["guardrailIdentifier"], asked["guardrailVersion"], call.region, call.account)
    except LookupError as error:
        raise NotFoundError("The guardrail identifier or version provided in the request does not exist.") from error
    texts = [block["text"] for block in asked["content"] if "text" in block]
    blocks = [Block(text["text"], tuple(text.get("qualifiers", ()))) for text in texts]
    images = guarded_images([block["image"] for block in asked["content"] if "image" in block])
    return evaluate(guardrail, asked["source"], blocks, images=images, full=asked.get("outputScope") == "FULL")


routes = routes_for(
    "bedrock-runtime",
    {
        "Converse": logged(converse),
        "ConverseStream": logged(converse_stream),
        "InvokeModel": logged(invoke_model),
        "InvokeModelWithResponseStream": logged(_invoke_model_stream),
        "CountTokens": _count_tokens,
        "ApplyGuardrail": _apply_guardrail,
    },
)


def actions(request: Request) -> list[tuple[str, list[str], dict[str, str]]]:
    """Return what the caller must be allowed to do: (action, resources, condition keys).

    A call through an inference profile needs the profile, and the model in every region that the profile may use;
    for the model the condition key bedrock:InferenceProfileArn names the profile.
    """
    caller = request.state.caller
    for route in routes:
        match, child = route.matches(request.scope)
        if match is Match.FULL:
            labels = child["path_params"]
            if route.name == "ApplyGuardrail":
                arn = guardrail_arn(labels["guardrailIdentifier"], caller.region, caller.account)
                return [("bedrock:ApplyGuardrail", [arn], {})]
            return model_permissions(_MODEL_ACTIONS[str(route.name)], labels["modelId"], caller)
    raise LookupError(f"no operation at {request.method} {request.url.path}")


def model_permissions(action: str, identifier: str, caller: Any) -> list[tuple[str, list[str], dict[str, str]]]:
    """Return what an action on a model needs: (action, resources, condition keys)."""
    try:
        invocable = resolve_model(identifier, caller.region, caller.account)
    except ServiceError:
        # The operation itself will say what is wrong with the identifier, to whoever may ask.
        unknown = f"arn:aws:bedrock:{caller.region}::foundation-model/{identifier}"
        return [(action, [identifier if identifier.startswith("arn:") else unknown], {})]
    if invocable.profile_arn is None:
        return [(action, list(invocable.model_arns), {})]
    through = {"bedrock:InferenceProfileArn": invocable.profile_arn}
    return [(action, [invocable.profile_arn], {}), (action, list(invocable.model_arns), through)]
