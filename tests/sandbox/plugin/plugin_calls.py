"""The provider plugin driven over gRPC in this process, against a sandbox that holds recorded resources only."""

import json
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import grpc

from pulumi_sandbox.plugin.servicer import Servicer
from pulumi_sandbox.plugin.stubs import provider_pb2 as pb
from pulumi_sandbox.plugin.stubs import provider_pb2_grpc
from pulumi_sandbox.plugin.values import from_struct, to_struct


class RecordingSandbox(ThreadingHTTPServer):
    """The daemon's health and recorded-resource API, in memory."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.recorded: dict[str, Any] = {}
        self.healthy = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: RecordingSandbox  # pyright: ignore[reportIncompatibleVariableOverride] - this handler serves no other

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        pass

    def do_GET(self) -> None:
        if self.path == "/_sandbox/health":
            self._answer(200 if self.server.healthy else 503, {})
        else:
            found = self.server.recorded.get(self.path)
            self._answer(404 if found is None else 200, found)

    def do_PUT(self) -> None:
        self.server.recorded[self.path] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(204, None)

    def do_DELETE(self) -> None:
        self._answer(404 if self.server.recorded.pop(self.path, None) is None else 204, None)

    def _answer(self, status: int, content: Any) -> None:
        body = b"" if status == 204 else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def recording_sandbox() -> Generator[RecordingSandbox]:
    with RecordingSandbox() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Calls:
    """A client of one provider: what the engine sends, with plain values."""

    stub: Any
    package: str

    def configure(self, **config: Any) -> None:
        self.stub.Configure(pb.ConfigureRequest(args=to_struct(config)))

    def urn(self, token: str, name: str) -> str:
        return f"urn:pulumi:dev::project::{token}::{name}"

    def check(
        self, token: str, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None, name: str = "it", **more: Any
    ) -> tuple[dict[str, Any], list[str]]:
        answer = self.stub.Check(
            pb.CheckRequest(
                urn=self.urn(token, name), olds=to_struct(olds or {}), news=to_struct(news), randomSeed=b"seed", **more
            )
        )
        return from_struct(answer.inputs), [failure.reason for failure in answer.failures]

    def checked(self, token: str, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None) -> dict[str, Any]:
        inputs, failures = self.check(token, news, olds)
        assert failures == []
        return inputs

    def create(self, token: str, inputs: Mapping[str, Any], *, preview: bool = False) -> tuple[str, dict[str, Any]]:
        answer = self.stub.Create(
            pb.CreateRequest(urn=self.urn(token, "it"), properties=to_struct(inputs), preview=preview)
        )
        return answer.id, from_struct(answer.properties)

    def diff(self, token: str, old: "Deployed", news: Mapping[str, Any], ignore: tuple[str, ...] = ()) -> Any:
        return self.stub.Diff(
            pb.DiffRequest(
                id=old.id,
                urn=self.urn(token, "it"),
                olds=to_struct(old.outputs),
                old_inputs=to_struct(old.inputs),
                news=to_struct(news),
                ignoreChanges=ignore,
            )
        )

    def update(self, token: str, old: "Deployed", news: Mapping[str, Any], *, preview: bool = False) -> dict[str, Any]:
        answer = self.stub.Update(
            pb.UpdateRequest(
                id=old.id,
                urn=self.urn(token, "it"),
                olds=to_struct(old.outputs),
                old_inputs=to_struct(old.inputs),
                news=to_struct(news),
                preview=preview,
            )
        )
        return from_struct(answer.properties)

    def read(self, token: str, old: "Deployed") -> "Deployed | None":
        answer = self.stub.Read(
            pb.ReadRequest(
                id=old.id,
                urn=self.urn(token, "it"),
                properties=to_struct(old.outputs),
                inputs=to_struct(old.inputs),
            )
        )
        if not answer.id:
            return None
        return Deployed(answer.id, from_struct(answer.inputs), from_struct(answer.properties))

    def delete(self, token: str, old: "Deployed") -> None:
        self.stub.Delete(
            pb.DeleteRequest(
                id=old.id,
                urn=self.urn(token, "it"),
                properties=to_struct(old.outputs),
                old_inputs=to_struct(old.inputs),
            )
        )

    def invoke(self, token: str, **arguments: Any) -> dict[str, Any]:
        answer = self.stub.Invoke(pb.InvokeRequest(tok=token, args=to_struct(arguments)))
        return from_struct(getattr(answer, "return"))

    def deploy(self, token: str, news: Mapping[str, Any]) -> "Deployed":
        inputs = self.checked(token, news)
        made, outputs = self.create(token, inputs)
        return Deployed(made, inputs, outputs)


@dataclass(frozen=True)
class Deployed:
    """A resource as the engine's state holds it."""

    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@contextmanager
def serving(package: str) -> Generator[Calls]:
    server = grpc.server(ThreadPoolExecutor(8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(package), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Calls(provider_pb2_grpc.ResourceProviderStub(channel), package)
    finally:
        server.stop(None).wait()
