"""``tools/pulumi`` and the environment that it gives the engine."""

import os
import subprocess
from pathlib import Path

import pytest
from engine_fixture import Engine

from tools.toolchain import environment
from tools.toolchain.paths import CHECKOUT
from tools.toolchain.run_engine import needs_cloud

WRAPPER = CHECKOUT / "tools" / "pulumi"


@pytest.mark.parametrize(
    ("command_line", "needs"),
    [
        ("up --yes", True),
        ("-C somewhere up", True),
        ("--cwd=somewhere -v 9 preview --diff", True),
        ("import aws:sqs/queue:Queue q url", True),
        ("destroy --help", False),
        ("version", False),
        ("stack ls", False),
        ("config set up down", False),
        ("--logtostderr stack output", False),
        ("", False),
    ],
)
def test_only_commands_that_make_providers_work_need_the_cloud(command_line: str, needs: bool):
    assert needs_cloud(command_line.split()) is needs


def test_a_persons_own_clouds_are_out_of_reach(tmp_path: Path):
    own = {
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIA",
        "GOOGLE_APPLICATION_CREDENTIALS": "/key.json",
        "PULUMI_ACCESS_TOKEN": "pul-1",
        "HOME": "/home/me",
    }
    cloud = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
    result = environment.engine_environment(own, environment.places({}, tmp_path), cloud)
    assert not {"AWS_PROFILE", "GOOGLE_APPLICATION_CREDENTIALS", "PULUMI_ACCESS_TOKEN"} & set(result)
    assert (result["AWS_ACCESS_KEY_ID"], result["HOME"]) == ("sandbox", "/home/me")
    assert result["AWS_CONFIG_FILE"] == os.devnull


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, "sandbox"),
        ({"PULUMI_CONFIG_PASSPHRASE": "mine"}, "mine"),
        ({"PULUMI_CONFIG_PASSPHRASE_FILE": "/mine"}, None),
    ],
)
def test_a_persons_own_passphrase_wins(tmp_path: Path, own: dict[str, str], expected: str | None):
    result = environment.engine_environment(own, environment.places({}, tmp_path))
    assert result.get("PULUMI_CONFIG_PASSPHRASE") == expected


def test_what_a_program_imports_is_compiled_once(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    project = engine.project(tmp_path / "p", "import pulumi, part; pulumi.export('compiled', part.__cached__)")
    (project.directory / "part.py").write_text("VALUE = 1\n")
    project.up()
    assert Path(project.outputs()["compiled"]).exists()


def test_the_places_can_be_chosen_by_variables(tmp_path: Path):
    chosen = {
        "PULUMI_HOME": str(tmp_path / "h"),
        "PULUMI_BACKEND_URL": "file:///b",
        "PULUMI_SANDBOX_STATE": str(tmp_path / "s"),
    }
    where = environment.places(chosen)
    assert where == environment.Places(tmp_path / "h", "file:///b", tmp_path / "s")


def test_it_works_from_anywhere_through_a_link_on_the_callers_program(tmp_path: Path):
    (tmp_path / "link").symlink_to(WRAPPER)
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: elsewhere\nruntime: python\n")
    environ = {
        **os.environ,
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
    }
    for arguments in (["stack", "init", "dev"], ["stack", "ls"]):
        result = subprocess.run(
            [tmp_path / "link", *arguments], cwd=program, env=environ, capture_output=True, text=True, check=True
        )
    assert "dev*" in result.stdout
    assert (tmp_path / "state" / ".pulumi" / "stacks" / "elsewhere").is_dir()
