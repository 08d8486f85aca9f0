"""The language host as a process, spoken to as the engine does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
import pytest
from engine_fixture import Engine
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from tools.toolchain.engine import VERSION
from tools.toolchain.paths import LANGUAGE_HOST


class Host:
    def __init__(self, process: "subprocess.Popen[str]"):
        self.process = process
        assert process.stdout is not None
        self.port = int(process.stdout.readline())
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.stub = language_pb2_grpc.LanguageRuntimeStub(self.channel)


def start_host() -> "subprocess.Popen[str]":
    # A process group of its own, as the engine starts its plugins.
    return subprocess.Popen(
        [sys.executable, "-u", str(LANGUAGE_HOST), "127.0.0.1:1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def host() -> Iterator[Host]:
    started = Host(start_host())
    yield started
    started.channel.close()
    started.process.kill()
    started.process.wait()


def program(directory: Path, options: dict[str, str] | None = None) -> language_pb2.ProgramInfo:
    struct = struct_pb2.Struct()
    struct.update(options or {})
    return language_pb2.ProgramInfo(
        root_directory=str(directory), program_directory=str(directory), entry_point=".", options=struct
    )


def start_plugin(host: Host, directory: Path) -> Any:
    (directory / "__main__.py").write_text(ENDLESS)
    request = language_pb2.RunPluginRequest(info=program(directory), pwd=str(directory), kind="resource")
    stream = host.stub.RunPlugin(request)
    deadline = time.monotonic() + 30
    while not (directory / "pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return stream


ENDLESS = """
import os, pathlib, time
partial = pathlib.Path("partial")
partial.write_text(str(os.getpid()))
partial.rename("pid")
while True:
    time.sleep(1)
"""


def gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_and_quietly_with_what_it_runs(host: Host, tmp_path: Path, number: signal.Signals):
    start_plugin(host, tmp_path)
    pid = int((tmp_path / "pid").read_text())
    os.killpg(host.process.pid, number)
    began = time.monotonic()
    output, errors = host.process.communicate(timeout=10)
    assert time.monotonic() - began < 2
    assert host.process.returncode == 0
    assert (output, errors) == ("", "")
    assert gone(pid, 1)


def test_it_ends_what_the_engine_gives_up(host: Host, tmp_path: Path):
    start_plugin(host, tmp_path).cancel()
    assert gone(int((tmp_path / "pid").read_text()), 5)
    assert host.process.poll() is None


def test_cancel_ends_what_it_runs(host: Host, tmp_path: Path):
    stream = start_plugin(host, tmp_path)
    host.stub.Cancel(empty_pb2.Empty())
    assert [answer.exitcode for answer in stream] == [-signal.SIGTERM]


def test_it_ends_when_the_engine_has_died():
    middle = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys; p = subprocess.Popen(sys.argv[1:]); print(p.pid, flush=True); sys.stdin.read()",
            sys.executable,
            "-u",
            str(LANGUAGE_HOST),
            "127.0.0.1:1",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert middle.stdout is not None
    pid = int(middle.stdout.readline())
    int(middle.stdout.readline())  # the port: it serves
    middle.kill()
    middle.wait()
    assert gone(pid, 10)


def test_it_knows_the_provider_plugins_of_the_environment(host: Host, tmp_path: Path):
    answer = host.stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(info=program(tmp_path)))
    versions = {package.name: (package.kind, package.version) for package in answer.packages}
    assert versions["aws"] == ("resource", "7.51.1")
    assert versions["gcp"] == ("resource", "10.2.0")
    assert "policy" not in versions  # its pulumi-plugin.json says that it has no plugin


def test_it_lists_dependencies(host: Host, tmp_path: Path):
    def listed(*, transitive: bool) -> dict[str, str]:
        request = language_pb2.GetProgramDependenciesRequest(info=program(tmp_path), transitiveDependencies=transitive)
        return {found.name: found.version for found in host.stub.GetProgramDependencies(request).dependencies}

    direct, every = listed(transitive=False), listed(transitive=True)
    assert every["pulumi"] == version("pulumi")
    assert every["grpcio"]
    assert "genai-tiers" in direct
    assert "grpcio" not in direct


def test_it_says_what_it_is(host: Host, tmp_path: Path):
    assert host.stub.GetPluginInfo(empty_pb2.Empty()).version == VERSION
    about = host.stub.About(language_pb2.AboutRequest(info=program(tmp_path)))
    assert Path(about.executable).samefile(sys.executable)
    assert about.version == ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"virtualenv": "nowhere"}, "runtime.options.virtualenv"),
        ({"toolchain": "poetry"}, "runtime.options.toolchain is 'poetry'"),
        ({"typechecker": "pyflakes"}, "runtime.options.typechecker is 'pyflakes'"),
    ],
)
def test_options_that_it_cannot_follow_are_named(host: Host, tmp_path: Path, options: dict[str, str], expected: str):
    (tmp_path / "__main__.py").write_text("")
    response = host.stub.Run(language_pb2.RunRequest(info=program(tmp_path, options), pwd=str(tmp_path), parallel=1))
    assert expected in response.error


def test_code_generation_is_refused_by_name(host: Host):
    with pytest.raises(grpc.RpcError) as raised:
        host.stub.GeneratePackage(language_pb2.GeneratePackageRequest())
    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "cannot generate an SDK" in str(raised.value.details())


def test_install_makes_the_virtual_environment_that_the_program_then_runs_in(engine: Engine, tmp_path: Path):
    project = engine.project(
        tmp_path / "p",
        "import sys, pulumi\npulumi.export('prefix', sys.prefix)\n",
        settings={"runtime": {"name": "python", "options": {"virtualenv": "venv"}}},
    )
    (project.directory / "requirements.txt").write_text("# nothing from a registry\n")
    missing = project.up(check=False)
    assert "make it with `pulumi install`" in missing.stdout + missing.stderr

    installed = engine.run("install", cwd=project.directory)
    assert "Finished installing dependencies" in installed.stdout + installed.stderr
    without_sdk = project.up(check=False)
    assert "The Pulumi SDK cannot be imported by" in without_sdk.stdout + without_sdk.stderr

    # In place of a download: the packages that this test itself runs with.
    (site,) = (project.directory / "venv").glob("lib/python*/site-packages")
    (site / "sdk.pth").write_text("\n".join(entry for entry in sys.path if entry.endswith("site-packages")))
    project.up()
    assert project.outputs() == {"prefix": str(project.directory / "venv")}
