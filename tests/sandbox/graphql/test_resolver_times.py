"""What ends a resolver that takes too long: the time of the request, and of its own code."""

import json
import time
from typing import Any

import pytest

from pulumi_sandbox import iam
from pulumi_sandbox.aws import functions
from pulumi_sandbox.aws.graphql import resolvers
from pulumi_sandbox.aws.graphql.errors import FieldError
from pulumi_sandbox.aws.graphql.javascript import call_handler
from pulumi_sandbox.aws.graphql.store import Api

ARN = "arn:aws:appsync:us-east-1:123456789012:apis/a"
SOURCE = {"serviceRoleArn": "arn:aws:iam::123456789012:role/r", "lambdaConfig": {"lambdaFunctionArn": "f"}}
API = Api("a", {"arn": ARN}, None, {"source": SOURCE}, {})
RESOLVER = {"dataSourceName": "source"}
CODE = """
export function request(ctx) { return { operation: 'Invoke', payload: {} }; }
export function response(ctx) { return ctx.error ? ctx.error.type : ctx.result; }
"""


@pytest.fixture
def slow_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def invoke(*_: Any, **__: Any) -> functions.Invocation:
        time.sleep(0.5)
        raise AssertionError("nobody waits for this")

    def assumable(*_: Any) -> bool:
        return True

    monkeypatch.setattr(functions, "invoke", invoke)
    monkeypatch.setattr(iam, "may_assume", assumable)


@pytest.mark.usefixtures("slow_function")
def test_a_function_is_waited_for_until_the_requests_time_is_up() -> None:
    run = resolvers.Run(API, time.monotonic() + 0.05, None)
    began = time.monotonic()
    with pytest.raises(FieldError, match="timed out") as ended:
        resolvers.resolve(run, RESOLVER, {})
    assert ended.value.kind == "Lambda:ExecutionTimeoutException"
    assert time.monotonic() - began < 0.4


@pytest.mark.usefixtures("slow_function")
def test_a_handler_is_told_that_the_time_is_up() -> None:
    run = resolvers.Run(API, time.monotonic() + 0.05, None)
    assert resolvers.resolve(run, {**RESOLVER, "code": CODE}, {}) == "Lambda:ExecutionTimeoutException"


def test_code_that_does_not_end_is_ended() -> None:
    endless = "export function request(ctx) { for (;;) {} }\nexport function response(ctx) {}"
    with pytest.raises(FieldError, match="Runtime Error"):
        call_handler(endless, "request", {})


def test_a_context_reaches_code_as_it_is() -> None:
    context = {"text": "\u2028 \"quoted\" \\ '日本語' ${x} `y`", "nothing": None, "number": 1.5}
    code = "export function request(ctx) { return ctx; }\nexport function response(ctx) {}"
    assert call_handler(code, "request", context) == json.loads(json.dumps(context))
