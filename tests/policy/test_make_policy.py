"""`make policy` as a person or a pipeline runs it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from engine_fixture import Engine

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.xdist_group("policy")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The repository's program with settings of its own: the repository's files stay as they are."""
    directory = tmp_path / "checkout"
    (directory / "examples").mkdir(parents=True)
    for name in ("Makefile", "tools", "policy", ".venv", "examples/documents"):
        (directory / name).symlink_to(ROOT / name)
    for name in ("__main__.py", "Pulumi.yaml", "Pulumi.sandbox-aws.yaml"):
        shutil.copy(ROOT / name, directory / name)
    return directory


def test_it_passes_the_stack_as_it_is_and_fails_on_a_violation(checkout: Path, cloud: dict[str, str], tmp_path: Path):
    environ = {**os.environ, **Engine(tmp_path / "engine", cloud).environment}

    def make() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "policy"], cwd=checkout, env=environ, capture_output=True, text=True, check=False
        )

    passed = make()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "[mandatory]" not in passed.stdout
    assert "genai-tiers@v0.1.0" in passed.stdout

    settings = checkout / "Pulumi.sandbox-aws.yaml"
    settings.write_text(settings.read_text().replace("config:\n", "config:\n  genai-tiers:log_retention_days: 7\n"))
    failed = make()
    assert failed.returncode != 0
    assert "retentionInDays is 7. Why: " in failed.stdout
