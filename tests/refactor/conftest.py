"""The engine for programs of notes, and a project of them."""

from pathlib import Path

import pytest
from engine import notes_provider
from engine_fixture import Engine
from refactor_project import Refactored


@pytest.fixture(scope="session")
def notes_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """One engine for all these tests."""
    return Engine(tmp_path_factory.mktemp("refactor") / "engine")


@pytest.fixture
def notes(
    notes_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Refactored:
    """A project without a program yet."""
    files = tmp_path / "notes"
    files.mkdir()
    monkeypatch.setenv("NOTES", str(files))
    for name, value in notes_engine.environment.items():
        monkeypatch.setenv(name, value)
    settings = notes_provider.install(tmp_path / "plugin")
    name = tmp_path.name.replace("_", "-")[-40:]
    return Refactored(notes_engine.project(tmp_path / "program", "", name=name, settings=settings), capfd)
