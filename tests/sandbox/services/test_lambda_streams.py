"""Functions that take their events from the Runtime API, and responses that are streamed."""

import io
import json
import time
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from genai_runtime.aws import response_stream
from tests.sandbox.services.own_cloud import OwnCloud, unique

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
SLOW = """
import time
from loop import serve

def answer(event, context, stream):
    print("asked by", context.aws_request_id)
    stream.begin(200, {"content-type": "text/plain"})
    for word in event["words"]:
        stream.write(word)
        time.sleep(event.get("pause", 0))
    if event.get("die"):
        import os
        os._exit(3)

serve(answer)
"""
RAW = """
import json, os
from http.client import HTTPConnection

api = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    got = api.getresponse()
    event, request_id = json.loads(got.read()), got.headers["Lambda-Runtime-Aws-Request-Id"]
    path = f"/2018-06-01/runtime/invocation/{request_id}/{event['end']}"
    api.putrequest("POST", path)
    api.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    api.putheader("Transfer-Encoding", "chunked")
    api.endheaders()
    api.send(b"3\\r\\nabc\\r\\n0\\r\\n")
    if event.get("error"):
        api.send(b"Lambda-Runtime-Function-Error-Type: Own\\r\\nLambda-Runtime-Function-Error-Body: half\\r\\n")
    api.send(b"\\r\\n")
    api.getresponse().read()
"""


def function(cloud: OwnCloud, code: str, **settings: Any) -> str:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        zipped.writestr("app.py", code)
        zipped.write(response_stream.__file__, "loop.py")
    name = unique("fn")
    cloud.client("lambda").create_function(
        FunctionName=name,
        Role=cloud.role([{"Action": "logs:*", "Resource": "*"}], TRUST),
        Code={"ZipFile": content.getvalue()},
        Runtime="python3.13",
        Handler="app.handler",
        **{"Timeout": 10, **settings},
    )
    return name


def streamed(cloud: OwnCloud, name: str, event: Any) -> tuple[list[tuple[float, bytes]], dict[str, Any]]:
    """The parts, each with the seconds after which it came, and the completion."""
    begun = time.monotonic()
    answer = cloud.client("lambda").invoke_with_response_stream(FunctionName=name, Payload=json.dumps(event).encode())
    parts: list[tuple[float, bytes]] = []
    for received in answer["EventStream"]:
        if "InvokeComplete" in received:
            return parts, received["InvokeComplete"]
        parts.append((time.monotonic() - begun, received["PayloadChunk"]["Payload"]))
    raise AssertionError("the stream has no end")


def test_parts_come_while_the_function_writes_them(own_cloud: OwnCloud) -> None:
    name = function(own_cloud, SLOW)
    streamed(own_cloud, name, {"words": []})
    parts, completion = streamed(own_cloud, name, {"words": ["one ", "two ", "three"], "pause": 0.4})
    assert completion == {}
    head, _, body = b"".join(part for _, part in parts).partition(bytes(8))
    assert json.loads(head) == {"statusCode": 200, "headers": {"content-type": "text/plain"}}
    assert body == b"one two three"
    assert parts[-1][0] - parts[0][0] > 0.7


def test_a_warm_process_answers_event_after_event_and_logs(own_cloud: OwnCloud) -> None:
    name = function(own_cloud, SLOW)
    for number in range(3):
        parts, _ = streamed(own_cloud, name, {"words": [str(number)]})
        assert parts[-1][1] == str(number).encode()
    logs = own_cloud.client("logs")
    deadline = time.monotonic() + 5
    while True:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        messages = [event["message"] for event in events]
        if sum("asked by" in message for message in messages) == 3 or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert sum("asked by" in message for message in messages) == 3
    assert sum("INIT_START" in message for message in messages) == 1


def test_an_ordinary_invocation_gets_the_whole(own_cloud: OwnCloud) -> None:
    answer = own_cloud.client("lambda").invoke(FunctionName=function(own_cloud, SLOW), Payload=b'{"words": ["a", "b"]}')
    assert answer["Payload"].read().endswith(bytes(8) + b"ab")


def test_what_a_function_returns_that_does_not_stream_is_one_part(own_cloud: OwnCloud) -> None:
    name = function(own_cloud, "def handler(event, context): return event")
    parts, completion = streamed(own_cloud, name, {"a": 1})
    assert [json.loads(part) for _, part in parts] == [{"a": 1}]
    assert completion == {}


def test_an_error_of_the_function_ends_the_stream(own_cloud: OwnCloud) -> None:
    name = function(own_cloud, "def handler(event, context): raise ValueError('no')")
    parts, completion = streamed(own_cloud, name, {})
    assert (parts, completion["ErrorCode"]) == ([], "ValueError")


def test_an_error_after_some_parts_is_told_by_trailers(own_cloud: OwnCloud) -> None:
    name = function(own_cloud, RAW)
    parts, completion = streamed(own_cloud, name, {"end": "response", "error": True})
    assert [part for _, part in parts] == [b"abc"]
    assert completion["ErrorCode"] == "Own"
    assert "half" in completion["ErrorDetails"]
    assert streamed(own_cloud, name, {"end": "response"})[1] == {}


def test_a_process_that_dies_ends_the_stream_and_the_next_one_takes_over(own_cloud: OwnCloud) -> None:
    name = function(own_cloud, SLOW)
    parts, completion = streamed(own_cloud, name, {"words": ["a"], "die": True})
    assert parts[-1][1] == b"a"
    assert completion["ErrorCode"] == "Runtime.ExitError"
    assert streamed(own_cloud, name, {"words": ["b"]})[0][-1][1] == b"b"


def test_the_time_limit_holds_for_own_runtimes(own_cloud: OwnCloud) -> None:
    name = function(own_cloud, SLOW, Timeout=1)
    _, completion = streamed(own_cloud, name, {"words": ["a", "b"], "pause": 5})
    assert completion["ErrorCode"] == "Sandbox.Timedout"


def test_code_that_fails_while_it_is_loaded_is_an_error(own_cloud: OwnCloud) -> None:
    name = function(own_cloud, "import nothing_of_the_kind")
    assert streamed(own_cloud, name, {})[1]["ErrorCode"] == "Runtime.ImportModuleError"


def test_streams_need_the_permission_and_a_function(own_cloud: OwnCloud) -> None:
    name = function(own_cloud, SLOW)
    stranger = own_cloud.client("lambda", own_cloud.role([], TRUST | {"Principal": {"AWS": "*"}}))
    with pytest.raises(ClientError, match="AccessDenied"):
        stranger.invoke_with_response_stream(FunctionName=name)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        own_cloud.client("lambda").invoke_with_response_stream(FunctionName="none")
