"""The policy pack's modules, and a sandbox for the programs that it judges."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The engine runs the pack with its own directory first on the path.
sys.path.insert(0, str(ROOT / "policy"))

from engine_fixture import Engine, Project  # noqa: E402 - needs the line above

from pulumi_sandbox import lifecycle  # noqa: E402
from pulumi_sandbox.layout import StateDirectory, standard_environment  # noqa: E402


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    state = StateDirectory(tmp_path_factory.mktemp("sandbox"))
    try:
        variables = standard_environment(lifecycle.start(state, 0))
        yield {**variables, "AWS_REGION": "eu-central-1", "PULUMI_SANDBOX_STATE": str(state.root)}
    finally:
        lifecycle.stop(state)


@pytest.fixture
def project(cloud: dict[str, str], tmp_path: Path) -> Iterator[Project]:
    made = Engine(tmp_path / "engine", cloud).project(tmp_path / "program", "")
    yield made
    made.write("")
    made.destroy()
