"""Fixtures for every test that runs the engine."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Tests import the tool-chain as `tools.toolchain` and the fixture's classes from `engine_fixture`.
sys.path[:0] = [entry for entry in (str(ROOT), str(ROOT / "tests")) if entry not in sys.path]

from engine_fixture import Engine  # noqa: E402 - needs the line above


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """The real engine with a home and a state of its own, and no cloud."""
    return Engine(tmp_path / "engine")
