"""The models' own request and response bodies of InvokeModel: Titan and Cohere embeddings, Anthropic, Nova."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_sandbox.models.embeddings import embed
from pulumi_sandbox.models.tokens import count_tokens

from .foundation_models import FoundationModel
from .rest_json import InvalidRequestError

# Runs a Converse request's body and returns its response.
Conversing = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_MALFORMED = "Malformed input request: {}, please reformat your input and try again."
_ANTHROPIC_STOP: Mapping[str, str] = {"guardrail_intervened": "end_turn"}
_MOST_COHERE_TEXTS = 96


def invoke_body(model: FoundationModel, raw: bytes, conversing: Conversing) -> dict[str, Any]:
    """Return the response body; raises a ValidationException for a wrong request body."""
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise InvalidRequestError(_MALFORMED.format(error)) from error
    if not isinstance(body, dict):
        raise InvalidRequestError(_MALFORMED.format("expected type: JSONObject"))
    if model.body not in _BODIES:
        raise InvalidRequestError(f"The sandbox does not know the InvokeModel body of {model.id}: use Converse.")
    return _BODIES[model.body](model, body, conversing)


def embed_text(model: FoundationModel, text: str, dimension: int, *, normalize: bool = True) -> tuple[list[float], int]:
    """Return the vector and the tokens read; raises a ValidationException for a text that is empty or too long."""
    tokens = count_tokens(text)
    if tokens > model.context:
        raise InvalidRequestError(
            f"400 Bad Request: Too many input tokens. Max input tokens: {model.context}, "
            f"request input token count: {tokens} "
        )
    if not text.strip():
        raise InvalidRequestError(_MALFORMED.format("expected minLength: 1, actual: 0"))
    return embed(text, dimension, normalize=normalize), tokens


def _titan_v1(model: FoundationModel, body: dict[str, Any], _: Conversing) -> dict[str, Any]:
    _only(body, "inputText")
    vector, tokens = embed_text(model, _text(body, "inputText"), model.dimensions[0])
    return {"embedding": vector, "inputTextTokenCount": tokens}


def _titan_v2(model: FoundationModel, body: dict[str, Any], _: Conversing) -> dict[str, Any]:
    _only(body, "inputText", "dimensions", "normalize", "embeddingTypes")
    dimension = body.get("dimensions", model.dimensions[0])
    if dimension not in model.dimensions:
        raise InvalidRequestError(_MALFORMED.format(f"#/dimensions: {dimension} is not a valid enum value"))
    kinds = body.get("embeddingTypes", ["float"])
    if not kinds or not set(kinds) <= {"float", "binary"}:
        raise InvalidRequestError(_MALFORMED.format(f"#/embeddingTypes: {kinds} is not a valid enum value"))
    text = _text(body, "inputText")
    vector, tokens = embed_text(model, text, dimension, normalize=body.get("normalize", True))
    by_type: dict[str, Any] = {"float": vector, "binary": [int(value > 0) for value in vector]}
    answer: dict[str, Any] = {
        "embeddingsByType": {kind: by_type[kind] for kind in kinds},
        "inputTextTokenCount": tokens,
    }
    if "float" in kinds:
        answer["embedding"] = vector
    return answer


def _cohere(model: FoundationModel, body: dict[str, Any], _: Conversing) -> dict[str, Any]:
    _only(body, "texts", "input_type", "truncate", "embedding_types")
    texts = body.get("texts")
    if not isinstance(texts, list) or not 1 <= len(texts) <= _MOST_COHERE_TEXTS:
        raise InvalidRequestError(_MALFORMED.format(f"#/texts: expected 1 to {_MOST_COHERE_TEXTS} strings"))
    if "input_type" not in body:
        raise InvalidRequestError(_MALFORMED.format("required key [input_type] not found"))
    made = [embed_text(model, text, model.dimensions[0]) for text in texts]
    return {"embeddings": [vector for vector, _ in made], "texts": texts, "response_type": "embeddings_floats"}


def _nova(_: FoundationModel, body: dict[str, Any], conversing: Conversing) -> dict[str, Any]:
    _only(body, "messages", "system", "inferenceConfig", "toolConfig", "schemaVersion")
    config = dict(body.get("inferenceConfig", {}))
    if "max_new_tokens" in config:
        config["maxTokens"] = config.pop("max_new_tokens")
    asked = {key: value for key, value in body.items() if key != "schemaVersion"}
    answer = conversing({**asked, "inferenceConfig": config})
    return {key: answer[key] for key in ("output", "stopReason", "usage")}


def _anthropic(model: FoundationModel, body: dict[str, Any], conversing: Conversing) -> dict[str, Any]:
    for key in ("anthropic_version", "max_tokens", "messages"):
        if key not in body:
            raise InvalidRequestError(_MALFORMED.format(f"#: required key [{key}] not found"))
    answer = conversing(_converse_request(body))
    usage, reason = answer["usage"], answer["stopReason"]
    return {
        "id": "msg_bdrk_sandbox",
        "type": "message",
        "role": "assistant",
        "model": model.id,
        "content": [_anthropic_block(block) for block in answer["output"]["message"]["content"]],
        "stop_reason": _ANTHROPIC_STOP.get(reason, reason),
        "stop_sequence": None,
        "usage": {"input_tokens": usage["inputTokens"], "output_tokens": usage["outputTokens"]},
    }


def _converse_request(body: dict[str, Any]) -> dict[str, Any]:
    system = body.get("system", [])
    config = {"maxTokens": body["max_tokens"], "stopSequences": body.get("stop_sequences", [])}
    config |= {
        ours: body[theirs] for theirs, ours in (("temperature", "temperature"), ("top_p", "topP")) if theirs in body
    }
    request: dict[str, Any] = {
        "messages": [
            {"role": message["role"], "content": [_converse_block(block) for block in _blocks(message["content"])]}
            for message in body["messages"]
        ],
        "system": [{"text": block["text"]} for block in _blocks(system)],
        "inferenceConfig": config,
    }
    if tools := body.get("tools"):
        request["toolConfig"] = {
            "tools": [
                {
                    "toolSpec": {
                        "name": tool["name"],
                        "description": tool.get("description", tool["name"]),
                        "inputSchema": {"json": tool["input_schema"]},
                    }
                }
                for tool in tools
            ],
            "toolChoice": _tool_choice(body.get("tool_choice", {})),
        }
    return request


def _tool_choice(choice: Mapping[str, Any]) -> dict[str, Any]:
    kind = choice.get("type", "auto")
    return {"tool": {"name": choice["name"]}} if kind == "tool" else {"any": {}} if kind == "any" else {"auto": {}}


def _blocks(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _converse_block(block: Mapping[str, Any]) -> dict[str, Any]:
    if block["type"] == "text":
        return {"text": block["text"]}
    if block["type"] == "tool_use":
        return {"toolUse": {"toolUseId": block["id"], "name": block["name"], "input": block["input"]}}
    if block["type"] == "tool_result":
        texts = [{"text": each["text"]} for each in _blocks(block.get("content", "")) if each["type"] == "text"]
        return {"toolResult": {"toolUseId": block["tool_use_id"], "content": texts}}
    raise InvalidRequestError(_MALFORMED.format(f"content of type {block['type']} is none that the sandbox reads"))


def _anthropic_block(block: Mapping[str, Any]) -> dict[str, Any]:
    if "toolUse" in block:
        used = block["toolUse"]
        return {"type": "tool_use", "id": used["toolUseId"], "name": used["name"], "input": used["input"]}
    return {"type": "text", "text": block["text"]}


def _text(body: Mapping[str, Any], key: str) -> str:
    if not isinstance(body.get(key), str):
        raise InvalidRequestError(_MALFORMED.format(f"required key [{key}] not found"))
    return body[key]


def _only(body: Mapping[str, Any], *known: str) -> None:
    for key in body:
        if key not in known:
            raise InvalidRequestError(_MALFORMED.format(f"extraneous key [{key}] is not permitted"))


_BODIES: Mapping[str, Callable[[FoundationModel, dict[str, Any], Conversing], dict[str, Any]]] = {
    "titan-embed-v1": _titan_v1,
    "titan-embed-v2": _titan_v2,
    "cohere-embed": _cohere,
    "nova": _nova,
    "anthropic": _anthropic,
}
