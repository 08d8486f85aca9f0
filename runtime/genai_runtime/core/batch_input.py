"""The input of a batch: one request a line, `{"custom_id", "method", "url", "body"}`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from genai_runtime.core.batches import Chunk, LineMistake
from genai_runtime.core.jsonl import Line, read_lines
from genai_runtime.core.openai_api.body import Fields, json_kind

ENDPOINTS: Final = ("/v1/chat/completions", "/v1/responses")
_LONGEST_ID: Final = 512


@dataclass(frozen=True)
class LineRequest:
    """One request of a batch; `number` is its line's, from 1."""

    number: int
    custom_id: str
    url: str
    body: Mapping[str, Any]


def read_request(line: Line, endpoint: str, max_body_bytes: int) -> LineRequest | list[LineMistake]:
    """Return the request in a line for the endpoint, any that there is if it is empty, or the mistakes in the line."""
    size = line.end - line.start
    if size > max_body_bytes:
        return [_mistake(line, "request_too_large", f"has {size} bytes; the limit is {max_body_bytes} bytes", None)]
    try:
        value = json.loads(line.content)
    except (ValueError, RecursionError):
        return [_mistake(line, "invalid_json_line", "is not JSON in UTF-8; each line must be one JSON object", None)]
    if not isinstance(value, dict):
        return [_mistake(line, "invalid_json_line", f"is {json_kind(value)}; it must be a JSON object", None)]
    fields = Fields(value)
    fields.only({"custom_id", "method", "url", "body"}, {})
    for name in ("custom_id", "url", "body"):
        if fields.values.get(name) in (None, ""):
            fields.note(name, "is missing", "missing_required_parameter")
    custom_id, url = fields.text("custom_id", longest=_LONGEST_ID) or "", fields.text("url") or ""
    method, body = fields.text("method"), fields.object("body").values
    if method not in {None, "POST"}:
        fields.note("method", f"is {str(method)[:40]!r}; it must be 'POST'", "invalid_method")
    allowed = (endpoint,) if endpoint else ENDPOINTS
    if url and url not in allowed:
        fields.note("url", f"is {url[:60]!r}; it must be {' or '.join(allowed)}", "invalid_url")
    if fields.mistakes:
        return [LineMistake(m.code, line.number, f"Line {line.number}: {m.message}", m.param) for m in fields.mistakes]
    return LineRequest(line.number, custom_id, url, body)


@dataclass
class Input:
    """What a whole input holds: how many requests, in which parts, for which endpoint, and every mistake in it."""

    endpoint: str
    lines: int = 0
    chunks: list[Chunk] = field(default_factory=list[Chunk])
    mistakes: list[LineMistake] = field(default_factory=list[LineMistake])


def read_input(
    blocks: Iterable[bytes], endpoint: str, *, chunk_lines: int, max_lines: int, max_body_bytes: int
) -> Input:
    """Check an input and divide it into parts of `chunk_lines` lines, the last of fewer."""
    found, ids = Input(endpoint), dict[str, int]()
    for line in read_lines(blocks):
        found.lines += 1
        if found.lines > max_lines:
            continue
        _place(found, line, chunk_lines)
        request = read_request(line, found.endpoint, max_body_bytes)
        if isinstance(request, list):
            found.mistakes += request
            continue
        found.endpoint = found.endpoint or request.url
        first = ids.setdefault(request.custom_id, line.number)
        if first != line.number:
            said = f"repeats the custom_id {request.custom_id[:60]!r} of line {first}; give each line its own"
            found.mistakes.append(_mistake(line, "duplicate_custom_id", said, "custom_id"))
    if found.lines > max_lines:
        said = f"The file has {found.lines} requests; the limit is {max_lines}. Divide it into several batches."
        found.mistakes.insert(0, LineMistake("too_many_requests", None, said, None))
    if not found.lines:
        found.mistakes.append(LineMistake("empty_file", None, "The file has no requests; put one on each line.", None))
    return found


def _place(found: Input, line: Line, chunk_lines: int) -> None:
    number = (found.lines - 1) // chunk_lines
    if number == len(found.chunks):
        found.chunks.append(Chunk(number, line.start, line.end, line.number))
    else:
        began = found.chunks[number]
        found.chunks[number] = Chunk(number, began.start, line.end, began.first_line)


def _mistake(line: Line, code: str, problem: str, param: str | None) -> LineMistake:
    return LineMistake(code, line.number, f"Line {line.number} {problem}.", param)
