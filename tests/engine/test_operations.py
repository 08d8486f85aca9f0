"""Every operation of the engine on resources of an ordinary provider plugin."""

from pathlib import Path

import notes_provider
from engine_fixture import Engine, Project

PROGRAM = (
    notes_provider.RESOURCE
    + """
config = pulumi.Config()
for name in config.require_object("names"):
    Note(name, f"{config.require('directory')}/{name}", config.get("text") or "text")
"""
)


def notes_project(engine: Engine, tmp_path: Path, names: list[str]) -> Project:
    settings = notes_provider.install(tmp_path / "plugin")
    project = engine.project(tmp_path / "p", PROGRAM, settings=settings)
    (tmp_path / "notes").mkdir(exist_ok=True)
    listed = {f"names[{index}]": name for index, name in enumerate(names)}
    project.configure(directory=str(tmp_path / "notes"), **listed)
    return project


def urn(project: Project, name: str) -> str:
    (found,) = [r["urn"] for r in project.resources() if r["urn"].endswith(f"::{name}")]
    return found


def test_preview_up_refresh_and_destroy(engine: Engine, tmp_path: Path):
    project = notes_project(engine, tmp_path, ["a", "b"])
    note = tmp_path / "notes" / "a"
    assert project.changes() == {"create": 3}
    assert not note.exists()
    project.up()
    assert note.read_text() == "text"
    assert project.changes() == {"same": 3}

    project.configure(text="other")
    assert "2 updated" in project.up().stdout
    assert note.read_text() == "other"

    note.unlink()
    project.run("refresh", "--yes", "--skip-preview")
    assert "1 created" in project.up().stdout
    assert note.read_text() == "other"

    project.destroy()
    assert list((tmp_path / "notes").iterdir()) == []
    assert project.resources() == []


def test_import_adopts_what_exists(engine: Engine, tmp_path: Path):
    project = notes_project(engine, tmp_path, ["a"])
    note = tmp_path / "notes" / "a"
    note.write_text("text")
    result = project.run("import", "notes:index:Note", "a", str(note), "--yes", "--skip-preview")
    assert f'# path = "{note}"' in " ".join(result.stdout.split())
    changes = project.changes()
    assert "create" not in changes
    # The engine protects what it imports; the program takes that off.
    project.up()
    assert project.changes() == {"same": 2}
    assert urn(project, "a")


def test_state_moves_between_stacks(engine: Engine, tmp_path: Path):
    project = notes_project(engine, tmp_path, ["a", "b"])
    project.up()
    engine.run("stack", "init", "other", cwd=project.directory)
    moved = urn(project, "b")
    engine.run("state", "move", "--yes", "--source", "dev", "--dest", "other", moved, cwd=project.directory)
    other = Project(engine, project.directory, "other")
    names = {
        name: [r["urn"].split("::")[-1] for r in p.resources()] for name, p in (("dev", project), ("other", other))
    }
    assert "b" not in names["dev"]
    assert "b" in names["other"]
    assert (tmp_path / "notes" / "b").exists()
