"""Tells the question of a conversation from the passages that it brings along.

The question is what the last user text asks: the content of a `<question>` element, else the rest of a line
that begins "Question:", else the text without its passage elements, else (in a text of several paragraphs
that comes alone) the last paragraph. Passages are the contents of elements with a name of `_PASSAGE_TAGS`;
in a conversation without such elements every other text is a passage: system texts, tool results, documents
and earlier turns.
"""

import re
from collections.abc import Iterator

from .conversation import Conversation, Text, ToolResult

_PASSAGE_TAGS = (
    "passages?|documents?|docs?|contexts?|sources?|search_results?|tool_results?|chunks?|excerpts?|references?"
)
_ELEMENT = re.compile(rf"<({_PASSAGE_TAGS})(?:\s[^>]*)?>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_QUESTION = re.compile(r"<question(?:\s[^>]*)?>(.*?)</question>", re.DOTALL | re.IGNORECASE)
_QUESTION_LINE = re.compile(r"^\s*(?:question|user question)\s*:\s*(.+)\Z", re.DOTALL | re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?>")


def question_and_passages(conversation: Conversation) -> tuple[str, list[str]]:
    """Return the question ("" if the user said nothing) and the passages, in the order given."""
    last = _last_user_text(conversation)
    text = last.text if last else ""
    others = [given for given, part in _texts(conversation) if part is not last]
    question, rest = _split_question(text, alone=not others)
    given = [*others, rest]
    tagged = [match[2] for source in given for match in _ELEMENT.finditer(source)]
    results = [text for part in _parts(conversation) if isinstance(part, ToolResult) for text in part.texts]
    passages = [*tagged, *results] if tagged else given
    return _plain(question), [plain for passage in passages if (plain := _plain(passage))]


def _parts(conversation: Conversation) -> Iterator[object]:
    return (part for message in conversation.messages for part in message.parts)


def _texts(conversation: Conversation) -> Iterator[tuple[str, object]]:
    for system in conversation.system:
        yield system, None
    for part in _parts(conversation):
        if isinstance(part, Text):
            yield part.text, part
        elif isinstance(part, ToolResult):
            for text in part.texts:
                yield text, part


def _last_user_text(conversation: Conversation) -> Text | None:
    for message in reversed(conversation.messages):
        if message.role == "user":
            for part in reversed(message.parts):
                if isinstance(part, Text) and part.text.strip():
                    return part
    return None


def _split_question(text: str, *, alone: bool) -> tuple[str, str]:
    if match := _QUESTION.search(text):
        return match[1], text[: match.start()] + text[match.end() :]
    without = _ELEMENT.sub("\n\n", text)
    if match := _QUESTION_LINE.search(without):
        return match[1], text.replace(match[0], "")
    if without != text:
        return without, text
    paragraphs = [paragraph for paragraph in re.split(r"\n\s*\n", text.strip()) if paragraph.strip()]
    if alone and len(paragraphs) > 1:
        return paragraphs[-1], "\n\n".join(paragraphs[:-1])
    return text, ""


def _plain(text: str) -> str:
    return _TAG.sub("\n", text).strip()
