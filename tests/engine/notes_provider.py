# ruff: noqa: N802, ARG002 - the methods have the names and parameters of the gRPC contract
"""A provider plugin for tests, small and real: a note is a file. Usage: ``notes_provider.py ENGINE_ADDRESS``.

A note's inputs are ``path`` (a change replaces) and ``text``; its id is the path.
"""

import json
import sys
import threading
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

STRING = {"type": "string"}
SCHEMA = {
    "name": "notes",
    "version": "1.0.0",
    "resources": {
        "notes:index:Note": {
            "inputProperties": {"path": STRING, "text": STRING},
            "requiredInputs": ["path", "text"],
            "properties": {"path": STRING, "text": STRING},
            "required": ["path", "text"],
        }
    },
}


def install(directory: Path) -> dict[str, object]:
    """Lay the plugin into a directory; returns the settings of Pulumi.yaml that use it."""
    directory.mkdir(parents=True, exist_ok=True)
    launcher = directory / "pulumi-resource-notes"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u "{Path(__file__).resolve()}" "$@"\n')
    launcher.chmod(0o755)
    return {"plugins": {"providers": [{"name": "notes", "path": str(directory)}]}}


# A program's declaration of the resource.
RESOURCE = """
import pulumi

class Note(pulumi.CustomResource):
    path: pulumi.Output[str]
    text: pulumi.Output[str]
    def __init__(self, name, path, text, opts=None):
        super().__init__("notes:index:Note", name, {"path": path, "text": text}, opts)
"""


class Notes(provider_pb2_grpc.ResourceProviderServicer):
    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.0.0")

    def GetSchema(self, request, context):
        return provider_pb2.GetSchemaResponse(schema=json.dumps(SCHEMA))

    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return provider_pb2.DiffResponse()

    def Configure(self, request, context):
        return provider_pb2.ConfigureResponse(acceptSecrets=False)

    def Check(self, request, context):
        missing = [name for name in ("path", "text") if name not in request.news.fields]
        failures = [provider_pb2.CheckFailure(property=name, reason="is required") for name in missing]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request, context):
        old, new = dict(request.old_inputs or request.olds), dict(request.news)
        changed = sorted(name for name in new if old.get(name) != new[name])
        kind = provider_pb2.DiffResponse
        return kind(
            changes=kind.DIFF_SOME if changed else kind.DIFF_NONE,
            diffs=changed,
            replaces=[name for name in changed if name == "path"],
            deleteBeforeReplace=True,
        )

    def Create(self, request, context):
        if not request.preview:
            Path(request.properties["path"]).write_text(request.properties["text"])
        return provider_pb2.CreateResponse(id=request.properties["path"], properties=request.properties)

    def Read(self, request, context):
        path = Path(request.id)
        if not path.exists():
            return provider_pb2.ReadResponse()
        properties = struct_pb2.Struct()
        properties.update({"path": request.id, "text": path.read_text()})
        return provider_pb2.ReadResponse(id=request.id, properties=properties, inputs=properties)

    def Update(self, request, context):
        if not request.preview:
            Path(request.id).write_text(request.news["text"])
        return provider_pb2.UpdateResponse(properties=request.news)

    def Delete(self, request, context):
        Path(request.id).unlink(missing_ok=True)
        return empty_pb2.Empty()

    def Cancel(self, request, context):
        return empty_pb2.Empty()


def main() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Notes(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the engine reads the port from stdout
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop(None)


if __name__ == "__main__":
    main()
