"""The engine's commands that the planner runs, and what it reads from them."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genai_tiers.refactor.errors import RefactorError
from genai_tiers.refactor.transform import FILE_VARIABLE

_LAST = "error: preview failed"
"""What follows the errors of a preview."""
INJECTED = Path(__file__).parent / "injected"
"""Lies on the program's path while the planner looks at it, and applies moves without the line in the program."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One stack of one project."""

    command: str
    """`pulumi`, or a path to it."""
    directory: Path
    stack: str

    def of(self, stack: str) -> "Engine":
        """The same project's other stack."""
        return replace(self, stack=stack)

    def stacks(self) -> list[str]:
        """The names of the project's stacks.

        Raises:
            RefactorError: there is no project, or no way to its backend.
        """
        listed = self._run("stack", "ls", "--json", of_stack=False)
        return sorted(each["name"] for each in json.loads(listed))

    def export(self) -> dict[str, Any]:
        """The stack's state; secrets stay encrypted.

        Raises:
            RefactorError: there is no such stack, or no way into its state.
        """
        return json.loads(self._run("stack", "export"))

    def preview(self, moves: Path | None) -> dict[str, Any]:
        """What the next update would do.

        Args:
            moves: the file to apply; none for the program without any moves.

        Raises:
            RefactorError: the preview fails for another reason than that protected resources would be deleted.
        """
        command = ("preview", "--json", "--show-sames")
        return read_preview(self._run(*command, check=False, environment=_environment(moves)))

    def preview_as_is(self) -> dict[str, Any]:
        """What the next update would do, with the moves that the program itself applies."""
        return read_preview(self._run("preview", "--json", "--show-sames", check=False))

    def rename(self, urn: str, name: str) -> None:
        """Give a resource in the state another logical name."""
        self._run("state", "rename", urn, name, "--yes")

    def restore(self, backup: Path) -> None:
        """Put a state back that was exported before."""
        self._run("stack", "import", "--file", str(backup))

    def update(self, moves: Path) -> None:
        """Run `pulumi up` with moves; its output goes to the terminal."""
        full = self._full("up", "--yes", "--skip-preview")
        result = subprocess.run(full, env=_environment(moves), cwd=self.directory, check=False)  # noqa: S603 - as asked
        if result.returncode != 0:
            raise RefactorError(f"`pulumi up` failed with exit code {result.returncode}; its message is above.")

    def _run(
        self,
        *arguments: str,
        check: bool = True,
        environment: Mapping[str, str] | None = None,
        of_stack: bool = True,
    ) -> str:
        try:
            result = subprocess.run(  # noqa: S603 - the engine that the user named
                self._full(*arguments, of_stack=of_stack),
                cwd=self.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError:
            raise RefactorError(f"there is no directory {self.directory}; name the program's with -C.") from None
        if (check and result.returncode != 0) or not (result.stdout.strip() or result.returncode == 0):
            said = (result.stderr or result.stdout).strip()
            stack = f" --stack {self.stack}" if of_stack else ""
            raise RefactorError(f"`pulumi {' '.join(arguments[:2])}{stack}` failed:\n{said}")
        return result.stdout

    def _full(self, *arguments: str, of_stack: bool = True) -> list[str]:
        stack = ("--stack", self.stack) if of_stack else ()
        return [self.command, *arguments, *stack, "--non-interactive", "--color", "never"]


def _environment(moves: Path | None) -> dict[str, str]:
    """The environment of a program into which the call of `apply_moves` is brought from outside."""
    path = [str(INJECTED), os.environ.get("PYTHONPATH", "")]
    chosen = str(moves.absolute()) if moves else ""
    return {**os.environ, FILE_VARIABLE: chosen, "PYTHONPATH": os.pathsep.join(filter(None, path))}


def find_engine(command: str | None) -> str:
    """The engine to run: the one named, else `pulumi` on PATH.

    Raises:
        RefactorError: there is none.
    """
    found = shutil.which(command or "pulumi")
    if found is None:
        raise RefactorError(
            f"there is no `{command or 'pulumi'}` to run: install Pulumi, or name it with --pulumi PATH."
        )
    return os.path.abspath(found)  # noqa: PTH100 - a link must stay one: it may choose the environment


def read_preview(text: str) -> dict[str, Any]:
    """Read the JSON of a preview.

    Raises:
        RefactorError: it is none, or the preview failed.
    """
    try:
        preview: Any = json.loads(text)
    except ValueError:
        preview = None
    # One that failed before its first step has diagnostics alone.
    if not isinstance(preview, dict) or not preview.keys() & {"steps", "diagnostics"}:
        raise RefactorError(f"this is not the JSON of a preview:\n{text[:200]}")
    errors = [each["message"].strip() for each in preview.get("diagnostics") or () if each["severity"] == "error"]
    # What would be deleted may be protected; a plan is there to prevent that.
    protected = [message for message in errors if "is protected" in message]
    if others := [message for message in errors if message not in protected and not (protected and message == _LAST)]:
        raise RefactorError("the preview failed:\n" + "\n".join(others))
    if not preview.get("steps"):
        raise RefactorError("the preview has no steps: was it made with --show-sames?")
    return preview


def read_state(export: Mapping[str, Any], stack: str) -> list[Mapping[str, Any]]:
    """The resources of an exported state.

    Raises:
        RefactorError: an update was interrupted and the state has to be mended first.
    """
    deployment = export.get("deployment") or {}
    pending = deployment.get("pending_operations") or []
    resources: list[Mapping[str, Any]] = deployment.get("resources") or []
    left = [each["urn"] for each in resources if each.get("delete") or each.get("pendingReplacement")]
    if pending:
        named = ", ".join(f"{each['type']} {each['resource']['urn']}" for each in pending)
        raise RefactorError(
            f"an update of {stack} was interrupted, and the state does not say how these ended: {named}. Run "
            f"`pulumi refresh --stack {stack}` and answer its questions, then plan again."
        )
    if left:
        raise RefactorError(
            f"a replacement in {stack} did not end: {', '.join(left)}. Run `pulumi up --stack {stack}` with the "
            "program as it was, then plan again."
        )
    return resources
