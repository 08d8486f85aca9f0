"""Reads conversations: the messages of Chat Completions and the input items of Responses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.core.openai_api.body import Fields, is_unicode, json_kind
from genai_runtime.core.request import Message

_ABSENT: Final = ([], ""), "leave it out"


@dataclass(frozen=True)
class Dialect:
    """How one API writes a conversation. `kinds` are the types of text parts that each role may use."""

    kinds: Mapping[str, frozenset[str]]
    known: frozenset[str]
    unsupported: Mapping[str, tuple[Sequence[Any], str]]


CHAT: Final = Dialect(
    kinds={
        "system": frozenset({"text"}),
        "developer": frozenset({"text"}),
        "user": frozenset({"text"}),
        "assistant": frozenset({"text", "refusal"}),
    },
    # What SDKs send back of an answer that they got is accepted with it.
    known=frozenset({"role", "content", "name", "refusal", "annotations"}),
    unsupported={
        "tool_calls": (([],), "tools are not supported yet"),
        "function_call": ((), "tools are not supported yet"),
        "audio": ((), "send text"),
    },
)
RESPONSES: Final = Dialect(
    kinds={
        "system": frozenset({"input_text"}),
        "developer": frozenset({"input_text"}),
        "user": frozenset({"input_text"}),
        "assistant": frozenset({"output_text", "input_text", "refusal"}),
    },
    known=frozenset({"role", "content", "type", "id", "status", "phase"}),
    unsupported={},
)


def read_messages(body: Fields, name: str, items: Sequence[Any], dialect: Dialect) -> tuple[str, list[Message]]:
    """Return the instructions (all system and developer text) and the messages of a conversation."""
    instructions: list[str] = []
    messages: list[Message] = []
    for index, item in enumerate(items):
        fields = body.item(name, index, item)
        if not fields.values:
            if isinstance(item, dict):
                fields.note("role", "is missing; give every message a role and a content", "missing_parameter")
            continue
        kind = fields.values.get("type", "message")
        if dialect is RESPONSES and kind != "message":
            fields.note(
                "type", f"is {str(kind)[:40]!r}; only items of type 'message' are supported", "unsupported_value"
            )
            continue
        fields.only(dialect.known, dialect.unsupported)
        role = fields.values.get("role")
        if not isinstance(role, str) or role not in dialect.kinds:
            fields.note("role", f"is {str(role)[:40]!r}; it must be one of {', '.join(dialect.kinds)}")
            continue
        text = _read_content(fields, dialect.kinds[role])
        if role in {"system", "developer"}:
            instructions.append(text)
        else:
            messages.append(Message("assistant" if role == "assistant" else "user", text))
    _check_question(body, name, messages)
    return "\n\n".join(text for text in instructions if text.strip()), messages


def _check_question(body: Fields, name: str, messages: Sequence[Message]) -> None:
    if body.mistakes:
        return
    if not messages or messages[-1].role != "user":
        body.note(name, "must end with a message of role 'user', the question")
    elif not messages[-1].text.strip():
        body.note(name, "ends with an empty question; send some text")


def _read_content(fields: Fields, kinds: frozenset[str]) -> str:
    content = fields.values.get("content")
    if isinstance(content, str):
        return fields.text("content") or ""
    if isinstance(content, list):
        return "\n".join(_read_part(fields.item("content", index, part), kinds) for index, part in enumerate(content))
    fields.note("content", f"is {json_kind(content)}; it must be a string or an array of text parts", "invalid_type")
    return ""


def _read_part(part: Fields, kinds: frozenset[str]) -> str:
    if not part.values:
        return ""
    kind = part.values.get("type")
    if not isinstance(kind, str) or kind not in kinds:
        part.note(
            "type", f"is {str(kind)[:40]!r}; only {', '.join(sorted(kinds))} can be read here", "unsupported_value"
        )
        return ""
    name = "refusal" if kind == "refusal" else "text"
    text = part.values.get(name)
    if not isinstance(text, str) or not is_unicode(text):
        part.note(name, "must be a string of valid Unicode", "invalid_type")
        return ""
    return text
