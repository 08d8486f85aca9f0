"""The real engine, for tests: in the same environment as ``tools/pulumi``, with state of the test's own.

    def test_something(engine: Engine, tmp_path: Path) -> None:
        project = engine.project(tmp_path / "program", "import pulumi; pulumi.export('answer', 42)")
        project.up()
        assert project.outputs() == {"answer": 42}

For a program that needs the sandbox, give an ``Engine`` its variables:
``Engine(tmp_path / "engine", cloud=cloud_environment(places(os.environ, tmp_path)))``.
"""

import json
import os
import subprocess
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.toolchain import environment

TIMEOUT_SECONDS = 120


class EngineError(AssertionError):
    """A command of the engine failed; the message holds its whole output."""


@dataclass(frozen=True)
class Engine:
    """One engine: its own home, its own state."""

    base: Path
    """The directory for everything that it writes."""
    cloud: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables through which programs reach a sandbox."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the engine runs with."""
        where = environment.places({}, self.base)
        environment.prepare(where)
        return environment.engine_environment(os.environ, where, self.cloud)

    def run(
        self,
        *arguments: str | Path,
        cwd: Path,
        check: bool = True,
        env: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> subprocess.CompletedProcess[str]:
        """Run one command to its end.

        Args:
            arguments: as after ``pulumi`` on a command line.
            cwd: the directory of the program.
            check: raise :class:`EngineError` if it fails.
            env: variables besides :attr:`environment`.
            timeout: seconds.
        """
        result = subprocess.run(
            self._command(arguments),
            cwd=cwd,
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and result.returncode != 0:
            command = " ".join(map(str, arguments))
            raise EngineError(f"pulumi {command}: exit code {result.returncode}\n{result.stdout}\n{result.stderr}")
        return result

    def start(self, *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start one command and leave it running; both outputs come through ``stdout``."""
        return subprocess.Popen(
            self._command(arguments),
            cwd=cwd,
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _command(self, arguments: tuple[str | Path, ...]) -> list[str]:
        return [environment.executable(), *map(str, arguments), "--non-interactive", "--color", "never"]

    def project(
        self,
        directory: Path,
        program: str,
        *,
        name: str = "project",
        stack: str = "dev",
        settings: Mapping[str, Any] | None = None,
    ) -> "Project":
        """Make a project with a program and one stack.

        Args:
            directory: made if missing.
            program: the text of ``__main__.py``, indented or not.
            name: the project's.
            stack: the stack's.
            settings: more of Pulumi.yaml; a ``runtime`` here replaces plain Python.
        """
        directory.mkdir(parents=True, exist_ok=True)
        # JSON is YAML.
        description = {"name": name, "runtime": "python", **(settings or {})}
        (directory / "Pulumi.yaml").write_text(json.dumps(description, indent=2))
        project = Project(self, directory, stack)
        project.write(program)
        self.run("stack", "init", stack, cwd=directory)
        return project


@dataclass(frozen=True)
class Project:
    """A project on disk, with one stack."""

    engine: Engine
    directory: Path
    stack: str

    def write(self, program: str) -> None:
        """Replace the program."""
        (self.directory / "__main__.py").write_text(textwrap.dedent(program))

    def run(
        self, *arguments: str | Path, check: bool = True, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the stack."""
        return self.engine.run(*arguments, "--stack", self.stack, cwd=self.directory, check=check, env=env)

    def configure(self, **values: str) -> None:
        """Set configuration; a key may be a path, such as ``names[0]``."""
        pairs = [part for key, value in values.items() for part in ("--plaintext", f"{key}={value}")]
        self.run("config", "set-all", "--path", *pairs)

    def up(self, *options: str | Path, check: bool = True, env: Mapping[str, str] | None = None) -> Any:
        """Deploy, without a preview first."""
        return self.run("up", "--yes", "--skip-preview", *options, check=check, env=env)

    def preview(self, *options: str | Path) -> dict[str, Any]:
        """The preview as the engine's JSON: ``steps`` (with the unchanged ones), ``diagnostics``, ``changeSummary``."""
        result = self.run("preview", "--json", "--show-sames", *options, check=False)
        try:
            return json.loads(result.stdout)
        except ValueError:
            raise EngineError(f"preview: exit code {result.returncode}\n{result.stdout}\n{result.stderr}") from None

    def changes(self, *options: str | Path) -> dict[str, int]:
        """What a preview would do: operation to count, such as ``{"same": 3, "create": 1}``."""
        preview = self.preview(*options)
        errors = [entry["message"] for entry in preview.get("diagnostics", []) if entry["severity"] == "error"]
        if errors:
            raise EngineError("preview: " + "\n".join(errors))
        return preview["changeSummary"]

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets shown."""
        return json.loads(self.run("stack", "output", "--json", "--show-secrets").stdout)

    def export(self) -> dict[str, Any]:
        """The stack's state, secrets encrypted."""
        return json.loads(self.run("stack", "export").stdout)

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the stack's state."""
        return self.export()["deployment"].get("resources", [])

    def destroy(self) -> None:
        """Destroy what is deployed."""
        self.run("destroy", "--yes", "--skip-preview")
