"""Ctrl-C during `up` ends at once, leaves no process, and leaves a state that `up` goes on from."""

import os
import signal
import subprocess
import time
from pathlib import Path

from engine_fixture import Engine, Project

# Four dynamic resources in a chain; the second waits until the test lets it go on.
CHAIN = """
import os, time, pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

DIRECTORY = {directory!r}

class Steps(ResourceProvider):
    def create(self, props):
        if props["step"] == "second":
            open(os.path.join(DIRECTORY, "started"), "w").close()
            while not os.path.exists(os.path.join(DIRECTORY, "go")):
                time.sleep(0.05)
        return CreateResult(props["step"], props)

class Step(Resource):
    def __init__(self, name, opts=None):
        super().__init__(Steps(), name, {{"step": name}}, opts)

previous = None
for name in ("first", "second", "third", "fourth"):
    previous = Step(name, pulumi.ResourceOptions(depends_on=[previous] if previous else []))
"""


def wait_for(path: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.05)


def names(project: Project) -> list[str]:
    steps = [resource for resource in project.resources() if "dynamic" in resource["type"]]
    return sorted(resource["urn"].split("::")[-1] for resource in steps)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ended_within(process: "subprocess.Popen[str]", seconds: float) -> str:
    return process.communicate(timeout=seconds)[0]


def test_what_was_under_way_is_finished_and_recorded(engine: Engine, tmp_path: Path):
    project = engine.project(tmp_path / "p", CHAIN.format(directory=str(tmp_path)))
    up = engine.start("up", "--yes", "--skip-preview", "--stack", "dev", cwd=project.directory)
    wait_for(tmp_path / "started")
    up.send_signal(signal.SIGINT)
    time.sleep(0.5)  # the engine is to see the signal while the second step is under way
    (tmp_path / "go").touch()
    output = ended_within(up, 15)
    assert up.returncode != 0
    assert "Traceback" not in output
    assert names(project) == ["first", "second"]
    assert not project.export()["deployment"].get("pending_operations")

    assert project.changes() == {"same": 3, "create": 2}  # the stack itself is one that stays
    project.up()
    assert names(project) == ["first", "fourth", "second", "third"]


def test_a_second_ctrl_c_ends_at_once_and_up_still_goes_on(engine: Engine, tmp_path: Path):
    project = engine.project(tmp_path / "p", CHAIN.format(directory=str(tmp_path)))
    up = engine.start("up", "--yes", "--skip-preview", "--stack", "dev", cwd=project.directory)
    wait_for(tmp_path / "started")
    up.send_signal(signal.SIGINT)
    time.sleep(0.5)
    up.send_signal(signal.SIGINT)
    ended_within(up, 15)
    assert up.returncode != 0
    (tmp_path / "go").touch()
    assert names(project) == ["first"]

    # The lock of the interrupted update, as after any crash.
    project.run("cancel", "--yes")
    project.up()
    assert names(project) == ["first", "fourth", "second", "third"]


def test_a_program_that_never_ends_is_ended(engine: Engine, tmp_path: Path):
    project = engine.project(
        tmp_path / "p",
        f"""
        import os, pathlib, subprocess, time
        pathlib.Path({str(tmp_path)!r}, "pid").write_text(str(os.getpid()))
        pathlib.Path({str(tmp_path)!r}, "started").touch()
        time.sleep(600)
        """,
    )
    up = engine.start("up", "--yes", "--skip-preview", "--stack", "dev", cwd=project.directory)
    wait_for(tmp_path / "started")
    up.send_signal(signal.SIGINT)
    output = ended_within(up, 15)
    assert up.returncode != 0
    assert "Traceback" not in output
    assert "KeyboardInterrupt" not in output
    assert not alive(int((tmp_path / "pid").read_text()))
    assert engine.run("stack", "export", cwd=project.directory).stdout
