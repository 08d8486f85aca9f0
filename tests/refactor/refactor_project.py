"""Programs of notes on the real engine, and the refactor command line on them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from engine import notes_provider
from engine_fixture import Project

from genai_tiers.refactor.command_line import main
from tools.toolchain import environment

DECLARATIONS = (
    notes_provider.RESOURCE
    + """
import os
HERE = os.environ["NOTES"]

def note(name, file=None, text="text", opts=None, **more):
    return Note(name, f"{HERE}/{file or name}", text, opts or pulumi.ResourceOptions(**more))

class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None, kind="own:index:Group"):
        super().__init__(kind, name, None, opts)
"""
)
"""What all programs start with."""


@dataclass(frozen=True)
class Answer:
    """What the command line printed."""

    code: int
    out: str
    err: str

    @property
    def plan(self) -> dict[str, Any]:
        """The plan, of `plan --json`."""
        assert self.out, self.err
        return json.loads(self.out)

    @property
    def moves(self) -> dict[str, str]:
        """Its entries."""
        return {each["from"]: each["to"] for each in self.plan["moves"]}


@dataclass(frozen=True)
class Refactored:
    """A project of notes; the notes are files of its own."""

    project: Project
    capture: pytest.CaptureFixture[str]

    def write(self, program: str) -> None:
        """Replace the program, after the declarations."""
        self.project.write(DECLARATIONS + program)

    def deploy(self, program: str) -> None:
        """Write and deploy."""
        self.write(program)
        self.project.up()

    def refactor(self, *arguments: str) -> Answer:
        """Run the command line on it."""
        self.capture.readouterr()
        command = ("--pulumi", environment.executable(), *arguments[1:], "-C", str(self.project.directory))
        command = (arguments[0], *command)
        if "--prune" not in arguments and "--stack" not in arguments:
            command += ("--stack", self.project.stack)
        code = main(command)
        printed = self.capture.readouterr()
        return Answer(code, printed.out, printed.err)

    def ids(self) -> dict[str, str]:
        """Identity -> physical id of the notes in the state."""
        resources = self.project.resources()
        return {
            r["urn"].split("::", 2)[2]: r["id"].rpartition("/")[2] for r in resources if "notes:index:Note" in r["type"]
        }

    @property
    def name(self) -> str:
        """The project's."""
        return json.loads((self.project.directory / "Pulumi.yaml").read_text())["name"]

    @property
    def file(self) -> Path:
        """Its refactor.yaml."""
        return self.project.directory / "refactor.yaml"
