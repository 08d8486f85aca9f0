# ruff: noqa: N802, ARG002 - the methods have the names and parameters of the gRPC contract
"""A provider plugin for tests of rules: it takes every resource of any package and knows its ARN once it is made.

Usage: ``recorder.py PACKAGE ENGINE_ADDRESS``. A rule then sees what the program says, and no default of a provider.
"""

import sys
import threading
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

PACKAGES = ("aws", "gcp")
VERSION = "1.0.0"


def install(directory: Path) -> dict[str, object]:
    """Lay the plugins into a directory; returns the settings of Pulumi.yaml that use them."""
    providers: list[dict[str, str]] = []
    for package in PACKAGES:
        home = directory / package
        home.mkdir(parents=True)
        launcher = home / f"pulumi-resource-{package}"
        launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u "{Path(__file__).resolve()}" {package} "$@"\n')
        launcher.chmod(0o755)
        providers.append({"name": package, "path": str(home)})
    return {"plugins": {"providers": providers}}


class Recorder(provider_pb2_grpc.ResourceProviderServicer):
    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request, context):
        return provider_pb2.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):
        return provider_pb2.DiffResponse()

    def Configure(self, request, context):
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request, context):
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request, context):
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Create(self, request, context):
        name = request.urn.rpartition("::")[2]
        made = struct_pb2.Struct()
        made.CopyFrom(request.properties)
        made["arn"] = UNKNOWN if request.preview else f"arn:aws:any:eu-central-1:123456789012:{name}"
        return provider_pb2.CreateResponse(id="" if request.preview else name, properties=made)

    def Delete(self, request, context):
        return empty_pb2.Empty()

    def Cancel(self, request, context):
        threading.Timer(0.1, server.stop, [0]).start()
        return empty_pb2.Empty()


if __name__ == "__main__":
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Recorder(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the engine reads the port from stdout
    server.wait_for_termination()
