"""Every shape that was released is carried over by the program as it is now, on the engine with the sandbox's plugins.

A checkpoint is the state that a release left. Nothing of it is deployed here: what an update would do is decided from
the state alone.
"""

import gzip
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_fixture import Engine, Project
from refactor_project import Refactored

from genai_tiers.refactor.check import find_losses
from genai_tiers.refactor.graph import read_sides
from genai_tiers.refactor.identity import type_of
from tools.toolchain.environment import cloud_environment, places

ROOT = Path(__file__).resolve().parents[2]
CHECKPOINTS = sorted((ROOT / "tests" / "refactor" / "shapes").glob("*.json.gz"))

pytestmark = pytest.mark.xdist_group("upgrade")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine with a sandbox that holds nothing."""
    base = tmp_path_factory.mktemp("upgrade")
    command = [sys.executable, "-m", "pulumi_sandbox"]
    state = ["--state", places({}, base).cloud_state]
    subprocess.run([*command, "start", *state, "--port", "0"], check=True, capture_output=True)
    try:
        yield Engine(base, cloud_environment(places({}, base)))
    finally:
        subprocess.run([*command, "stop", *state], check=True, capture_output=True)


def released(engine: Engine, directory: Path, checkpoint: Path) -> Project:
    """The program as it is now, with the state that a release left."""
    stack = checkpoint.name.removesuffix(".json.gz").rpartition(".")[2]
    directory.mkdir()
    for name in ("__main__.py", "Pulumi.yaml", f"Pulumi.{stack}.yaml"):
        shutil.copy(ROOT / name, directory / name)
    for part in ("documents", "tools"):
        shutil.copytree(ROOT / "examples" / part, directory / "examples" / part)
    (directory / ".venv").symlink_to(ROOT / ".venv")
    state = directory / "checkpoint.json"
    state.write_bytes(gzip.decompress(checkpoint.read_bytes()))
    engine.run("stack", "init", stack, cwd=directory, check=False)  # of the test before
    engine.run("stack", "import", "--file", state, "--stack", stack, cwd=directory)
    return Project(engine, directory, stack)


SNAPSHOTS = ("aws:bedrock/guardrailVersion:GuardrailVersion",)
"""Versions: they are made anew when what they are of changes, and the old one stays (skip_destroy)."""


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda path: path.name.removesuffix(".json.gz"))
def test_an_upgrade_keeps_every_resource(sandbox: Engine, tmp_path: Path, checkpoint: Path) -> None:
    project = released(sandbox, tmp_path / "program", checkpoint)
    held = {each["urn"] for each in project.resources()}
    preview = project.preview()
    errors = [entry["message"] for entry in preview.get("diagnostics", []) if entry["severity"] == "error"]
    assert not errors
    sides = read_sides(preview["steps"])
    assert len(sides.olds) > 200
    lost = [
        f"{each.operation} {each.identity}: {each.because}"
        for each in find_losses(sides, {})
        if type_of(each.identity) not in SNAPSHOTS
    ]
    assert not lost, (
        "a release would lose these; keep their names, types and parents, or add a line to lineage.py:\n"
        + ("\n".join(lost))
    )
    made = {step["urn"] for step in preview["steps"] if step["op"] == "create"}
    assert not made & held


def test_there_is_a_checkpoint_of_every_release() -> None:
    assert {path.name for path in CHECKPOINTS} >= {"0.1.0.sandbox-aws.json.gz"}


def test_the_whole_stack_is_renamed_by_one_entry(
    sandbox: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The planner on the inputs of real types: policies, archives, generated names, more than two hundred resources."""
    project = released(sandbox, tmp_path / "program", CHECKPOINTS[-1])
    program = project.directory / "__main__.py"
    program.write_text(program.read_text().replace('AwsThreeTierStack("genai"', 'AwsThreeTierStack("assistant"'))
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    answer = Refactored(project, capfd).refactor("plan", "--json")
    assert answer.code == 0, answer.err
    stack = "genai-tiers:index:AwsThreeTierStack"
    assert answer.moves == {f"{stack}::genai": f"{stack}::assistant"}
    assert len(answer.plan["matches"]) > 250
    assert answer.plan["deleted"] == []
