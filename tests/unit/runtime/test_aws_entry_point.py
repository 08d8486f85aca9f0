"""The function as it is deployed: its events, its settings, and what its archive may import."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import genai_runtime
from genai_runtime.core.settings_reader import ConfigError
from tests.unit.runtime.aws_fixtures import Context, deployed, environment, event
from tests.unit.runtime.memory import TENANT

MODULE = "genai_runtime.aws.request_response"
Handler = Callable[..., dict[str, Any]]


@pytest.fixture
def handler(
    credentials: None,  # noqa: ARG001  # a fixture, for its effect
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Handler]:
    """The handler on moto's tables, with two answers of the model, and no guardrail or knowledge base."""
    with deployed(MODULE, monkeypatch, answers=2) as made:
        yield made


@pytest.mark.parametrize("encoded", [False, True])
def test_an_event_is_answered(handler: Handler, encoded: bool):
    response = handler(event(body='{"input": "日本語 laptop"}', encoded=encoded), Context())
    assert response["statusCode"] == 200
    assert response["isBase64Encoded"] is False
    assert response["headers"]["content-type"] == "application/json"
    assert json.loads(response["body"])["output"][0]["content"][0]["text"] == "Because."
    json.dumps(response)


def test_the_second_event_is_answered_from_the_cache(handler: Handler):
    handler(event(), Context())
    assert json.loads(handler(event(), Context())["body"])["cache"]["hit"]


def test_a_key_works_through_the_gateway(handler: Handler):
    headers = {"Idempotency-Key": "k"}
    first, second = handler(event(headers=headers), Context()), handler(event(headers=headers), Context())
    assert first["body"] == second["body"]
    assert second["headers"]["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        (event(body=None), 400, "empty_body"),
        (event(body="{"), 400, "invalid_json"),
        (event(body="x" * 20_001), 413, "request_too_large"),
        (event(body="x" * 20_001, encoded=True), 413, "request_too_large"),
        (event(claims={"sub": "u"}), 403, "tenant_missing"),
        (event(claims={}), 401, "invalid_token"),
        (event(path="/v1/nope"), 404, "unknown_url"),
    ],
)
def test_refusals_have_the_error_shape(handler: Handler, changed: dict[str, Any], status: int, code: str):
    response = handler(changed, Context())
    assert response["statusCode"] == status
    assert json.loads(response["body"])["error"]["code"] == code


def test_an_event_without_an_authorizer_is_refused(handler: Handler):
    changed = event()
    del changed["requestContext"]["authorizer"]
    assert handler(changed, Context())["statusCode"] == 401


@pytest.mark.parametrize(
    ("stage", "path", "status"),
    [
        ("$default", "/v1/models", 200),
        ("prod", "/prod/v1/models", 200),
        ("v1", "/v1/v1/models", 200),
        ("prod", "/v1/models", 200),
        ("prod", "/production/v1/models", 404),
    ],
)
def test_the_stages_name_is_no_part_of_the_path(handler: Handler, stage: str, path: str, status: int):
    assert handler(event("GET", path, None, stage=stage), Context())["statusCode"] == status


def test_an_invocation_with_no_time_left_calls_no_model(handler: Handler):
    response = handler(event(), Context(seconds=1))
    assert response["statusCode"] == 503


def test_one_line_is_logged_with_its_metrics(handler: Handler, capsys: pytest.CaptureFixture[str]):
    handler(event(), Context())
    (line,) = capsys.readouterr().out.splitlines()
    record = json.loads(line)
    assert (record["tenant"], record["model"], record["status"]) == (TENANT, "small", 200)
    _, of_the_stack = record["_aws"]["CloudWatchMetrics"]
    assert isinstance(record["_aws"]["Timestamp"], int)
    for directive in record["_aws"]["CloudWatchMetrics"]:
        for metric in directive["Metrics"]:
            assert isinstance(record[metric["Name"]], (int, float))
        for dimensions in directive["Dimensions"]:
            assert all(isinstance(record[dimension], str) for dimension in dimensions)
    assert record["InputTokens"] == 11
    assert of_the_stack["Dimensions"] == [["stack"]]
    assert record["Tokens"] == record["InputTokens"] + record["OutputTokens"]


def test_a_refused_request_is_logged_by_function_only(handler: Handler, capsys: pytest.CaptureFixture[str]):
    handler(event(claims={}), Context())
    record = json.loads(capsys.readouterr().out)
    assert [each["Dimensions"] for each in record["_aws"]["CloudWatchMetrics"]] == [[["function"]]]


def test_wrong_settings_fail_the_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GENAI_CONFIG", '{"surprise": 1}')
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    with pytest.raises(ConfigError, match=r"GENAI_CONFIG\.surprise is not a setting"):
        importlib.import_module(MODULE)


def test_the_core_needs_nothing_but_python():
    # -I -S: no site-packages, so whatever is not in the standard library cannot be imported.
    source = Path(genai_runtime.__file__).parent.parent
    script = f"import sys; sys.path.insert(0, {str(source)!r}); import genai_runtime.core.api, genai_runtime.core.clock"
    subprocess.run([sys.executable, "-I", "-S", "-c", script], check=True)


def test_starting_imports_botocore_only_and_makes_every_client():
    script = f"""
import sys
import {MODULE}
from genai_runtime.aws.clients import client
assert client.cache_info().currsize == 4
unwanted = {{"pulumi", "pydantic", "openai", "requests", "boto3"}}
print(" ".join({{name.partition(".")[0] for name in sys.modules}} & unwanted))
"""
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
