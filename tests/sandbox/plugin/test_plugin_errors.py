"""How failures reach the user, and what the engine is told to remember of them."""

from typing import Any

import grpc
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from google.protobuf import struct_pb2
from plugin_calls import Calls, RecordingSandbox, serving

from pulumi_sandbox.plugin import provider
from pulumi_sandbox.plugin.errors import UserError, explain
from pulumi_sandbox.plugin.handler import Cloud, Handler, PartialFailureError, Properties, Resource
from pulumi_sandbox.plugin.stubs import provider_pb2, status_pb2
from pulumi_sandbox.plugin.values import from_struct

QUEUE = "aws:sqs/queue:Queue"
URN = "urn:pulumi:dev::project::aws:sqs/queue:Queue::q"
REFUSED = ClientError(
    {"Error": {"Code": "QueueAlreadyExists", "Message": "there is one"}, "ResponseMetadata": {"HTTPStatusCode": 400}},  # pyright: ignore[reportArgumentType] - the other fields play no part
    "CreateQueue",
)


def test_a_refusal_of_the_cloud_names_operation_code_and_resource() -> None:
    assert explain("creating", URN, REFUSED) == (
        f"creating {URN}: CreateQueue was refused with QueueAlreadyExists (HTTP 400): there is one"
    )


def test_a_silent_sandbox_is_to_be_started() -> None:
    text = explain("reading", URN, EndpointConnectionError(endpoint_url="http://127.0.0.1:1"))
    assert "the sandbox does not answer" in text
    assert "python -m pulumi_sandbox start" in text


def test_a_users_mistake_has_no_stack_trace() -> None:
    assert explain("creating", URN, UserError("set it")) == f"creating {URN}: set it"


def test_an_error_of_ours_says_so_with_its_last_steps() -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        _ = 1 / 0
    text = explain("creating", URN, raised.value)
    assert "This is an error in the sandbox itself" in text
    assert "test_plugin_errors.py" in text


def failing(error: Exception) -> Handler:
    def create(_cloud: Cloud, _inputs: Properties) -> Resource:
        raise error

    def update(_cloud: Cloud, _resource: Resource, _inputs: Properties) -> Properties:
        raise error

    return Handler(create, lambda _cloud, _id, _inputs: None, update, lambda _cloud, _resource: None)


def trailing(error: Any) -> dict[str, Any]:
    return dict(error.trailing_metadata())


def remembered(error: grpc.RpcError) -> Any:
    status = status_pb2.Status.FromString(trailing(error)["grpc-status-details-bin"])
    details = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(details)
    return details


def test_what_was_made_before_a_failure_is_remembered(aws: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    partial = PartialFailureError(Resource("the-url", {"url": "the-url"}), "tagging failed")
    monkeypatch.setattr(provider, "handler_for", lambda _token: failing(partial))
    inputs = aws.checked(QUEUE, {"name": "q"})
    with pytest.raises(grpc.RpcError) as raised:
        aws.create(QUEUE, inputs)
    details = remembered(raised.value)
    assert details.id == "the-url"
    assert list(details.reasons) == ["tagging failed"]
    assert from_struct(details.properties)["url"] == "the-url"
    assert from_struct(details.inputs) == inputs


def test_a_create_that_made_nothing_leaves_nothing(aws: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "handler_for", lambda _token: failing(REFUSED))
    with pytest.raises(grpc.RpcError) as raised:
        aws.create(QUEUE, aws.checked(QUEUE, {"name": "q"}))
    assert "QueueAlreadyExists" in str(raised.value)
    assert "grpc-status-details-bin" not in trailing(raised.value)


def test_methods_on_resources_are_refused(sandbox: RecordingSandbox) -> None:
    assert sandbox.url
    with serving("aws") as calls, pytest.raises(grpc.RpcError) as raised:
        calls.stub.Call(provider_pb2.CallRequest(tok="aws:x/y:Z/method", args=struct_pb2.Struct()))
    assert "have no methods" in str(raised.value)
