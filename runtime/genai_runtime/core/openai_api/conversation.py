"""Reads conversations: the messages of Chat Completions and the input items of Responses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.core.openai_api.body import Fields, is_unicode, json_kind
from genai_runtime.core.openai_api.tool_turns import add_calls, add_result, check_turns, read_call, read_result
from genai_runtime.core.request import Message
from genai_runtime.core.tools import ToolCall


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
        "tool": frozenset({"text"}),
    },
    # What SDKs send back of an answer that they got is accepted with it.
    known=frozenset({"role", "content", "name", "refusal", "annotations", "tool_calls", "tool_call_id"}),
    unsupported={
        "function_call": ((), "send tool_calls"),
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


STANDING: Final = frozenset({"system", "developer"})
"""Roles of instructions."""


@dataclass(frozen=True)
class Conversation:
    """The instructions that stand in it (all system and developer text) with their roles, the messages up to the
    question, and the calls of the client's tools and their results since then."""

    standing: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    turns: tuple[Message, ...] = ()

    @property
    def instructions(self) -> str:
        """The instructions as one text."""
        return "\n\n".join(text for text in self.standing if text.strip())


def read_messages(
    body: Fields, name: str, items: Sequence[Any], dialect: Dialect, before: Sequence[Any] = (), *, whole: bool = True
) -> Conversation:
    """Return the conversation that the items hold, with those `before` them, which the body does not have. One that is
    not the `whole` conversation need neither end with a question nor have the calls that its results are of."""
    standing: list[tuple[str, str]] = []
    messages: list[Message] = []
    for index, item in enumerate((*before, *items), -len(before)):
        fields = body.item(name, index, item)
        if not fields.values:
            if isinstance(item, dict):
                fields.note("role", "is missing; give every message a role and a content", "missing_parameter")
            continue
        kind = fields.values.get("type", "message")
        if dialect is RESPONSES and kind != "message":
            _read_tool_item(fields, kind, messages)
            continue
        fields.only(dialect.known, dialect.unsupported)
        role = fields.values.get("role")
        if not isinstance(role, str) or role not in dialect.kinds:
            fields.note("role", f"is {str(role)[:40]!r}; it must be one of {', '.join(dialect.kinds)}")
            continue
        calls = _read_calls(fields) if role == "assistant" and dialect is CHAT else ()
        text = _read_content(fields, dialect.kinds[role], may_lack=bool(calls))
        if role in STANDING:
            standing.append((role, text))
        elif role == "tool":
            add_result(messages, read_result(fields, "tool_call_id", text))
        else:
            messages.append(Message("assistant" if role == "assistant" else "user", text, calls))
    question = max((n for n, each in enumerate(messages) if each.role == "user" and not each.results), default=-1)
    if whole:
        _check_question(body, name, messages, question)
    return Conversation(
        standing=tuple(text for _, text in standing),
        roles=tuple(role for role, _ in standing),
        messages=tuple(messages[: question + 1]),
        turns=tuple(messages[question + 1 :]),
    )


def _check_question(body: Fields, name: str, messages: Sequence[Message], question: int) -> None:
    if body.mistakes:
        return
    check_turns(body, name, messages)
    if body.mistakes:
        return
    if question < 0 or (messages[-1].role == "assistant"):
        body.note(name, "must end with a message of role 'user', the question, or with the results of tools")
    elif not messages[question].text.strip():
        body.note(name, "ends with an empty question; send some text")


def _read_calls(message: Fields) -> tuple[ToolCall, ...]:
    calls: list[ToolCall] = []
    for index, item in enumerate(message.objects("tool_calls") or ()):
        fields = message.item("tool_calls", index, item)
        fields.only({"id", "type", "function", "index"}, {})
        calls.append(read_call(fields, id_name="id", function=fields.object("function")))
    return tuple(calls)


def _read_tool_item(fields: Fields, kind: Any, messages: list[Message]) -> None:
    """Read an item of Responses that is no message."""
    if kind == "function_call":
        fields.only({"type", "id", "call_id", "name", "arguments", "status", "namespace", "caller"}, {})
        add_calls(messages, (read_call(fields, id_name="call_id", function=fields),))
    elif kind == "function_call_output":
        fields.only({"type", "id", "call_id", "output", "status", "caller"}, {})
        text = _read_content(fields, frozenset({"input_text"}), name="output")
        add_result(messages, read_result(fields, "call_id", text))
    else:
        known = "'message', 'function_call' and 'function_call_output'"
        fields.note("type", f"is {str(kind)[:40]!r}; only items of type {known} are supported", "unsupported_value")


def _read_content(fields: Fields, kinds: frozenset[str], *, name: str = "content", may_lack: bool = False) -> str:
    content = fields.values.get(name)
    if content is None and may_lack:
        return ""
    if isinstance(content, str):
        return fields.text(name) or ""
    if isinstance(content, list):
        return "\n".join(_read_part(fields.item(name, index, part), kinds) for index, part in enumerate(content))
    fields.note(name, f"is {json_kind(content)}; it must be a string or an array of text parts", "invalid_type")
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
