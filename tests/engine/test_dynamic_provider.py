"""Dynamic providers live through all operations."""

from pathlib import Path

from engine_fixture import Engine

PROGRAM = """
import os, pathlib, pulumi
from pulumi.dynamic import (CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult)

class Files(ResourceProvider):
    def create(self, props):
        pathlib.Path(props["path"]).write_text(props["text"])
        print("wrote", props["path"])
        return CreateResult(props["path"], props)
    def diff(self, id, olds, news):
        return DiffResult(changes=olds["text"] != news["text"] or olds["path"] != news["path"],
                          replaces=["path"] if olds["path"] != news["path"] else [], delete_before_replace=True)
    def update(self, id, olds, news):
        pathlib.Path(id).write_text(news["text"])
        return UpdateResult(news)
    def read(self, id, props):
        path = pathlib.Path(id)
        return ReadResult(id, {**props, "text": path.read_text()}) if path.exists() else ReadResult()
    def delete(self, id, props):
        pathlib.Path(id).unlink()

class File(Resource):
    text: pulumi.Output[str]
    def __init__(self, name, path, text):
        super().__init__(Files(), name, {"path": path, "text": text})

config = pulumi.Config()
file = File("file", config.require("path"), config.require("text"))
pulumi.export("text", file.text)
"""


def test_create_update_refresh_replace_and_delete(engine: Engine, tmp_path: Path):
    project = engine.project(tmp_path / "p", PROGRAM)
    first, second = tmp_path / "first", tmp_path / "second"
    project.configure(path=str(first), text="one")
    created = project.up()
    assert f"wrote {first}" in created.stdout
    assert first.read_text() == "one"

    project.configure(text="two")
    assert "1 updated" in project.up().stdout
    assert first.read_text() == "two"

    first.write_text("changed outside")
    project.run("refresh", "--yes", "--skip-preview")
    (state,) = [resource for resource in project.resources() if "dynamic" in resource["type"]]
    assert state["outputs"]["text"] == "changed outside"

    project.configure(path=str(second))
    assert "1 replaced" in project.up().stdout
    assert (first.exists(), second.read_text()) == (False, "two")
    assert project.outputs() == {"text": "two"}

    project.destroy()
    assert not second.exists()
    assert project.resources() == []
