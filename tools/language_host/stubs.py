"""The generated gRPC stubs, without the rest of the Pulumi SDK.

Every engine command starts a language host and waits for it. ``import pulumi`` takes about 0.9 s, the stubs
alone 0.35 s; the host needs nothing else of the SDK. So the packages above the stubs are entered in
``sys.modules`` as empty ones before the stubs are imported.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def _bare_package(name: str, directory: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(directory)]
    sys.modules[name] = package


_spec = importlib.util.find_spec("pulumi")
if _spec is None or _spec.origin is None:
    sys.exit("error: the `pulumi` package is not installed in the language host's environment: run tools/setup")
_sdk = Path(_spec.origin).parent
for _name in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
    _bare_package(_name, _sdk.joinpath(*_name.split(".")[1:]))

from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2  # noqa: E402 - needs the above

__all__ = ["language_pb2", "language_pb2_grpc", "plugin_pb2"]
