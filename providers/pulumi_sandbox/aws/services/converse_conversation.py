"""Turns the body of a Converse request into the conversation that a model is asked; checks what AWS checks in it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pulumi_sandbox.models.conversation import Conversation, Message, Text, ToolCall, ToolResult
from pulumi_sandbox.models.extractive import input_tokens

from .converse_tools import check_tools, tool_choice_of, tools_of
from .document_text import READABLE_FORMATS, document_text
from .foundation_models import FoundationModel
from .media_description import described_medium
from .rest_json import InvalidRequestError

_UNSEEN = ("video",)
_DESCRIBED = ("image", "audio")
_SILENT = ("cachePoint", "reasoningContent", "toolAddition", "toolRemoval")


@dataclass(frozen=True)
class GuardBlock:
    """A text of the conversation that the client marked for the guardrail, or that it evaluates by default.

    `place` finds it again: (-1, block) for system texts, else (message, block).
    """

    place: tuple[int, int]
    text: str
    qualifiers: tuple[str, ...]


def conversation_of(body: Mapping[str, Any], model: FoundationModel) -> Conversation:
    """Return the conversation; raises a ValidationException in AWS's words for what is wrong with it."""
    _check(body, model)
    config = body.get("inferenceConfig", {})
    messages = [
        _message(message, index) for index, message in enumerate(body["messages"]) if message["role"] != "system"
    ]
    system = [*_system(body.get("system", ())), *_system_messages(body["messages"])]
    conversation = Conversation(
        messages=tuple(messages),
        system=tuple(system),
        tools=tuple(tools_of(body)),
        tool_choice=tool_choice_of(body),
        max_tokens=config.get("maxTokens", model.output),
        stop=tuple(config.get("stopSequences", ())),
        temperature=config.get("temperature"),
        top_p=config.get("topP"),
        model=model.id,
    )
    if input_tokens(conversation) > model.context:
        raise InvalidRequestError("Input is too long for requested model.")
    return conversation


def guard_blocks(body: Mapping[str, Any]) -> list[GuardBlock]:
    """Return what a guardrail evaluates of the input: the guardContent blocks, or without any, what the user says."""
    marked: list[GuardBlock] = []
    plain: list[GuardBlock] = []
    for place, role, block in _blocks(body):
        if "guardContent" in block and "text" in block["guardContent"]:
            content = block["guardContent"]["text"]
            marked.append(GuardBlock(place, content["text"], tuple(content.get("qualifiers", ()))))
        elif "text" in block and role == "user":
            plain.append(GuardBlock(place, block["text"], ()))
    return marked or plain


def with_texts(body: Mapping[str, Any], texts: Mapping[tuple[int, int], str]) -> dict[str, Any]:
    """Return the body with other texts in the places given (what a guardrail masked)."""
    changed: dict[str, Any] = json.loads(
        json.dumps({key: body[key] for key in ("system", "messages") if key in body}, default=_not_text)
    )
    for (message, block), text in texts.items():
        holder = changed["system"][block] if message < 0 else changed["messages"][message]["content"][block]
        if "guardContent" in holder:
            holder["guardContent"]["text"]["text"] = text
        else:
            holder["text"] = text
    return {**body, **changed}


def _not_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    raise TypeError(f"{type(value).__name__} in a message")


def _blocks(body: Mapping[str, Any]) -> Iterator[tuple[tuple[int, int], str, Mapping[str, Any]]]:
    for index, block in enumerate(body.get("system", ())):
        yield (-1, index), "system", block
    for number, message in enumerate(body["messages"]):
        for index, block in enumerate(message["content"]):
            yield (number, index), message["role"], block


def _check(body: Mapping[str, Any], model: FoundationModel) -> None:
    if model.dimensions:
        raise InvalidRequestError(
            "This action doesn't support the model that you provided. Try again with a supported text or chat model."
        )
    messages = [message for message in body.get("messages", ()) if message["role"] != "system"]
    if not messages or messages[0]["role"] != "user":
        raise InvalidRequestError(
            "A conversation must start with a user message. Try again with a conversation that starts with a "
            "user message."
        )
    if any(first["role"] == second["role"] for first, second in pairwise(messages)):
        raise InvalidRequestError(
            "A conversation must alternate between user and assistant roles. Make sure the conversation alternates "
            "between user and assistant roles and try again."
        )
    wanted = body.get("inferenceConfig", {}).get("maxTokens", 1)
    if wanted > model.output:
        raise InvalidRequestError(
            f"The maximum tokens you requested exceeds the model limit of {model.output}. Try again with a maximum "
            f"tokens value that is lower than {model.output}."
        )
    if "outputConfig" in body:
        raise InvalidRequestError("outputConfig: the sandbox's models give no structured output; leave it out.")
    for number, message in enumerate(body["messages"]):
        _check_content(message["content"], number, model, has_tools="toolConfig" in body)
    check_tools(body)


def _check_content(
    content: Sequence[Mapping[str, Any]], number: int, model: FoundationModel, *, has_tools: bool
) -> None:
    if not content:
        raise InvalidRequestError(
            f"The content field in the Message object at messages.{number} is empty. "
            "Add a ContentBlock object to the content field and try again."
        )
    for index, block in enumerate(content):
        if not block.get("text", "x").strip():
            raise InvalidRequestError(
                f"The text field in the ContentBlock object at messages.{number}.content.{index} is blank. "
                "Add text to the text field, and try again."
            )
        if ("toolUse" in block or "toolResult" in block) and not has_tools:
            raise InvalidRequestError(
                "The toolConfig field must be defined when using toolUse and toolResult content blocks."
            )
        if "image" in block and "IMAGE" not in model.input:
            raise InvalidRequestError(
                "This model doesn't support the image content block that you provided. Remove the image content "
                "block or use a model that supports images."
            )
        if "audio" in block and "SPEECH" not in model.input:
            raise InvalidRequestError(
                "This model doesn't support the audio content block that you provided. Remove the audio content "
                "block or use a model that supports audio."
            )


def _system(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        if "text" in block:
            yield block["text"]
        elif "guardContent" in block:
            yield block["guardContent"]["text"]["text"]


def _system_messages(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for message in messages:
        if message["role"] == "system":
            yield from _system(message["content"])


def _message(message: Mapping[str, Any], number: int) -> Message:
    parts = [
        part
        for index, block in enumerate(message["content"])
        for part in _parts(block, f"messages.{number}.content.{index}")
    ]
    return Message(message["role"], tuple(parts))


def _parts(block: Mapping[str, Any], where: str) -> Iterator[Text | ToolCall | ToolResult]:
    if "text" in block:
        yield Text(block["text"])
    elif "guardContent" in block and "text" in block["guardContent"]:
        yield Text(block["guardContent"]["text"]["text"])
    elif "document" in block:
        yield Text(_document(block["document"], where))
    elif "searchResult" in block:
        yield Text("\n".join(part["text"] for part in block["searchResult"]["content"]))
    elif "citationsContent" in block:
        yield Text("".join(part.get("text", "") for part in block["citationsContent"].get("content", ())))
    elif "toolUse" in block:
        used = block["toolUse"]
        yield ToolCall(used["toolUseId"], used["name"], used["input"])
    elif "toolResult" in block:
        result = block["toolResult"]
        texts = tuple(_result_text(part, where) for part in result["content"])
        yield ToolResult(result["toolUseId"], texts, result.get("status") == "error")
    elif kind := next((kind for kind in _DESCRIBED if kind in block), ""):
        yield Text(described_medium(kind, block[kind]))
    elif not any(kind in block for kind in (*_UNSEEN, *_SILENT, "guardContent")):
        raise InvalidRequestError(f"The content block at {where} has no content that the sandbox knows.")


def _result_text(part: Mapping[str, Any], where: str) -> str:
    if "json" in part:
        return json.dumps(part["json"])
    if "document" in part:
        return _document(part["document"], where)
    if "searchResult" in part:
        return "\n".join(each["text"] for each in part["searchResult"]["content"])
    return part.get("text", "")


def _document(document: Mapping[str, Any], where: str) -> str:
    source = document["source"]
    if "text" in source:
        return source["text"]
    if "content" in source:
        return "\n".join(part.get("text", "") for part in source["content"])
    kind = document.get("format", "txt")
    if "bytes" in source and kind in READABLE_FORMATS:
        return document_text(source["bytes"], kind)
    raise InvalidRequestError(
        f"The document at {where} ({'bytes' if 'bytes' in source else 's3Location'}, {kind}) is none that the sandbox "
        f"reads; give the bytes of one of {', '.join(READABLE_FORMATS)}."
    )
