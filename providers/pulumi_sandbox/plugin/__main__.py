"""``python -m pulumi_sandbox.plugin {aws|gcp} [engine-address]`` serves; ``install --pulumi-home DIR`` installs."""

import argparse
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pulumi_sandbox.plugin.install import PACKAGES, install

# The engine works on many resources at once, and each waits for the sandbox.
_WORKERS = 96
_LARGEST_MESSAGE = 400 * 1024 * 1024  # what the engine itself allows


def main(arguments: list[str]) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m pulumi_sandbox.plugin", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for package in PACKAGES:
        serving = commands.add_parser(package, help=f"serve the {package} provider to a Pulumi engine")
        serving.add_argument("engine_address", nargs="?", default="")
    installing = commands.add_parser("install", help="put the plugins where an engine finds them")
    installing.add_argument("--pulumi-home", type=Path, required=True, metavar="DIR")
    chosen, _ = parser.parse_known_args(arguments)
    if chosen.command == "install":
        for script in install(chosen.pulumi_home.absolute()):
            print(script)  # noqa: T201 - the answer of the command
        return 0
    return serve(chosen.command)


def serve(package: str) -> int:
    """Serve ``package`` until the engine ends the process by SIGINT or SIGTERM; then leave at once and quietly."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    import grpc

    from pulumi_sandbox.plugin.servicer import Servicer
    from pulumi_sandbox.plugin.stubs import provider_pb2_grpc

    options = [
        ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
        ("grpc.max_send_message_length", _LARGEST_MESSAGE),
    ]
    server = grpc.server(ThreadPoolExecutor(_WORKERS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(package), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
