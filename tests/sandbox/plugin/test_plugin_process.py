"""The plugin as the engine starts it: a process that says its port and leaves quietly."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from pulumi_sandbox.plugin.install import install
from pulumi_sandbox.plugin.schema import sdk_version
from pulumi_sandbox.plugin.stubs import provider_pb2_grpc

# Said of a plugin on a machine that does nothing else; generous, for one that runs a whole test suite.
START_SECONDS = 10


@contextmanager
def plugin(command: list[str], cwd: Path) -> Generator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("package", ["aws", "gcp"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_plugin_says_its_port_and_leaves_quietly(package: str, number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "pulumi_sandbox.plugin", package, "127.0.0.1:1"]
    with plugin(command, tmp_path) as (process, port):
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            grpc.channel_ready_future(channel).result(timeout=START_SECONDS)
        asked = time.monotonic()
        process.send_signal(number)
        rest, complaints = process.communicate(timeout=START_SECONDS)
        assert time.monotonic() - asked < 2
        assert (process.returncode, rest, complaints) == (0, "", "")


def test_installed_plugins_start_from_anywhere(tmp_path: Path) -> None:
    scripts = install(tmp_path / "home")
    assert [script.relative_to(tmp_path / "home").as_posix() for script in scripts] == [
        f"plugins/resource-{package}-v{sdk_version(package)}/pulumi-resource-{package}" for package in ("aws", "gcp")
    ]
    (tmp_path / "grpc.py").write_text("raise RuntimeError('a module of the program')")
    with (
        plugin([str(scripts[0]), "127.0.0.1:1"], tmp_path) as (_, port),
        grpc.insecure_channel(f"127.0.0.1:{port}") as c,
    ):
        from google.protobuf import empty_pb2

        info = provider_pb2_grpc.ResourceProviderStub(c).GetPluginInfo(empty_pb2.Empty(), timeout=START_SECONDS)
    assert info.version == sdk_version("aws")


def test_installing_again_changes_nothing_and_mends_what_is_broken(tmp_path: Path) -> None:
    (script, _) = install(tmp_path)
    before = script.stat()
    install(tmp_path)
    assert script.stat().st_mtime_ns == before.st_mtime_ns
    script.write_text("broken")
    install(tmp_path)
    assert re.match(r"#!/bin/sh\nexec \S+ -P -m pulumi_sandbox.plugin aws", script.read_text())
    assert os.access(script, os.X_OK)


def test_the_sdk_is_not_loaded_to_serve() -> None:
    """Loading it costs a second on every command of the engine."""
    code = (
        "import sys\n"
        "from pulumi_sandbox.plugin.servicer import Servicer\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'pulumi_aws', 'pulumi_gcp', 'boto3', 'botocore', 'moto'}))\n"
        "print('pulumi.resource' in sys.modules)\n"
        "import pulumi\n"
        "print(pulumi.Output is not None, pulumi.CustomResource.__module__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "False", "True pulumi.resource"]
