"""Files of requests: their lines, their mistakes, their parts; and the forms that they come in."""

import json
from typing import Any

import pytest

from genai_runtime.core.batch_input import read_input
from genai_runtime.core.errors import RefusalError
from genai_runtime.core.jsonl import read_lines
from genai_runtime.core.multipart import parse_form

CHAT = "/v1/chat/completions"
FORM = "multipart/form-data; boundary=x"


def request(custom_id: str, **changes: Any) -> bytes:
    return json.dumps({"custom_id": custom_id, "method": "POST", "url": CHAT, "body": {"a": 1}, **changes}).encode()


def read(*lines: bytes, **limits: Any) -> Any:
    given: dict[str, Any] = {"chunk_lines": 2, "max_lines": 10, "max_body_bytes": 1_000, **limits}
    return read_input([b"\n".join(lines)], given.pop("endpoint", CHAT), **given)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 100])
def test_lines_are_the_same_whatever_the_blocks(block: int) -> None:
    content = "one\r\n\n  \nzwei ü\nthree".encode()
    blocks = [content[start : start + block] for start in range(0, len(content), block)]
    lines = list(read_lines(blocks))
    assert [(line.number, line.content.decode()) for line in lines] == [(1, "one\r"), (4, "zwei ü"), (5, "three")]
    assert [content[line.start : line.end] for line in lines] == [line.content for line in lines]


def test_a_file_is_divided_into_parts_that_read_alike_on_their_own() -> None:
    content = b"\n\n".join(request(str(number)) for number in range(5)) + b"\n"
    found = read_input([content], CHAT, chunk_lines=2, max_lines=10, max_body_bytes=1_000)
    assert (found.lines, found.mistakes) == (5, [])
    parts = [list(read_lines([content[c.start : c.end]], c.first_line, c.start)) for c in found.chunks]
    assert [[line.number for line in part] for part in parts] == [[1, 3], [5, 7], [9]]
    assert [line for part in parts for line in part] == list(read_lines([content]))


def test_the_first_line_tells_the_endpoint_where_no_client_did() -> None:
    found = read(request("a", url="/v1/responses"), request("b"), endpoint="")
    assert found.endpoint == "/v1/responses"
    assert [(mistake.line, mistake.code) for mistake in found.mistakes] == [(2, "invalid_url")]


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        (b"{", ["invalid_json_line"]),
        (b"\xff", ["invalid_json_line"]),
        (b"[" * 100_000, ["request_too_large"]),
        (b"[1]", ["invalid_json_line"]),
        (b"{}", ["missing_required_parameter"] * 3),
        (request("a", method="PUT"), ["invalid_method"]),
        (request("a", url="/v1/embeddings"), ["invalid_url"]),
        (request("a", extra=1), ["unknown_parameter"]),
        (request("a", body=[]), ["invalid_type"]),
        (request("a" * 513), ["invalid_value"]),
        (request("a", body={"text": "x" * 1_000}), ["request_too_large"]),
    ],
)
def test_a_mistake_is_told_with_its_line(line: bytes, codes: list[str]) -> None:
    found = read(request("first"), line)
    assert [mistake.code for mistake in found.mistakes] == codes
    assert all(mistake.line == 2 and "ine 2" in mistake.message for mistake in found.mistakes)


def test_every_mistake_is_told() -> None:
    found = read(b"no", request("a"), b"no", request("a"), request("a"))
    assert [(mistake.line, mistake.code) for mistake in found.mistakes] == [
        (1, "invalid_json_line"),
        (3, "invalid_json_line"),
        (4, "duplicate_custom_id"),
        (5, "duplicate_custom_id"),
    ]
    assert "of line 2" in found.mistakes[-1].message


def test_too_many_lines_and_none_are_mistakes() -> None:
    assert [mistake.code for mistake in read(b" ", b"").mistakes] == ["empty_file"]
    found = read(*(request(str(number)) for number in range(11)))
    assert found.mistakes[0].message == "The file has 11 requests; the limit is 10. Divide it into several batches."


def form(*parts: str) -> bytes:
    return ("".join(f"--x\r\n{part}\r\n" for part in parts) + "--x--\r\n").encode()


def test_a_form_has_fields_and_files_as_they_were_sent() -> None:
    body = form(
        'Content-Disposition: form-data; name="purpose"\r\n\r\nbatch',
        'Content-Disposition: form-data; name="file"; filename="a b.jsonl"\r\nContent-Type: x/y\r\n\r\n\r\n--y\r\n\n',
    )
    fields = parse_form(FORM, body)
    assert (fields["purpose"].filename, fields["purpose"].content) == (None, b"batch")
    assert (fields["file"].filename, fields["file"].content) == ("a b.jsonl", b"\r\n--y\r\n\n")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b""),
        (FORM, b""),
        (FORM, form('Content-Disposition: form-data; name="a"\r\n\r\nb')[:-6]),
        (FORM, form("Content-Disposition: form-data\r\n\r\nb")),
        (FORM, form(*['Content-Disposition: form-data; name="a"\r\n\r\nb'] * 33)),
    ],
)
def test_what_is_no_form_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(RefusalError):
        parse_form(kind, body)
