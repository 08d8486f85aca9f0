"""The provider's gRPC messages and service, loaded without the rest of the Pulumi SDK.

Importing ``pulumi`` costs about a second and starts its runtime; a plugin needs only the generated stubs
inside it, and the engine waits for the plugin's port on every command.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

_BARE_PACKAGES = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")
_STUBS = ("provider_pb2", "plugin_pb2", "status_pb2", "provider_pb2_grpc")


def _load() -> dict[str, Any]:
    if "pulumi" in sys.modules:
        return {name: importlib.import_module(f"pulumi.runtime.proto.{name}") for name in _STUBS}
    found = importlib.util.find_spec("pulumi")
    if found is None or found.origin is None:
        raise ImportError("the pulumi package is not installed; install the project's requirements.lock")
    root = Path(found.origin).parent
    try:
        for name in _BARE_PACKAGES:
            bare = ModuleType(name)
            bare.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
            sys.modules[name] = bare
        return {name: importlib.import_module(f"pulumi.runtime.proto.{name}") for name in _STUBS}
    finally:
        # Whoever imports pulumi later gets the real package; the stub modules stay and are not loaded twice.
        for name in _BARE_PACKAGES:
            sys.modules.pop(name, None)


_modules = _load()
provider_pb2: Any = _modules["provider_pb2"]
plugin_pb2: Any = _modules["plugin_pb2"]
status_pb2: Any = _modules["status_pb2"]
provider_pb2_grpc: Any = _modules["provider_pb2_grpc"]
