"""What a program prints and raises reaches the terminal once, without noise of ours."""

from pathlib import Path

import pytest
from engine_fixture import Engine, Project

OURS = ("run_program", "runpy", "language_host", "exit code", "bail")


def messages(project: Project, severity: str) -> list[str]:
    entries = project.preview().get("diagnostics", [])
    return [entry["message"] for entry in entries if entry["severity"] == severity]


def test_prints_arrive_once_and_failures_say_what_the_program_said(engine: Engine, tmp_path: Path):
    project = engine.project(
        tmp_path / "p",
        """
        import sys, pulumi
        print("to stdout")
        print("to stderr", file=sys.stderr)
        pulumi.log.warn("to the log")
        def broken():
            raise ValueError("the program's own words")
        broken()
        """,
    )
    diagnostics = project.preview()["diagnostics"]
    texts = [entry["message"] for entry in diagnostics]
    assert sorted(text.strip() for text in texts if "to std" in text or "to the log" in text) == [
        "to stderr",
        "to stdout",
        "warning: to the log",
    ]
    errors = [entry["message"] for entry in diagnostics if entry["severity"] == "error"]
    assert len(errors) == 1
    assert errors[0].count("the program's own words") == 2  # the source line of the frame, and the exception
    assert 'in broken\n    raise ValueError("the program\'s own words")\n' in errors[0]
    assert not [word for word in OURS if word in errors[0]]

    on_terminal = project.up(check=False)
    assert on_terminal.returncode != 0
    shown = on_terminal.stdout[on_terminal.stdout.index("Diagnostics:") :] + on_terminal.stderr
    assert shown.count("ValueError: the program's own words") == 1
    assert shown.count("to stdout") == 1
    assert not [word for word in OURS if word in shown]


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("import pulumi\nx = = 1\n", "SyntaxError: invalid syntax"),
        ("import pulumi\nraise pulumi.RunError('mend the widget')\n", "mend the widget"),
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"),
        (
            "import pulumi\npulumi.Output.from_input(1).apply(lambda _: 1 / 0)\n",
            "ZeroDivisionError: division by zero",
        ),
    ],
)
def test_a_failure_is_one_error(engine: Engine, tmp_path: Path, program: str, expected: str):
    (error,) = messages(engine.project(tmp_path / "p", program), "error")
    assert expected in error
    assert not [word for word in OURS if word in error]


def test_exit_codes_are_told(engine: Engine, tmp_path: Path):
    project = engine.project(tmp_path / "p", "import sys\nsys.exit(3)\n")
    result = project.up(check=False)
    assert result.returncode != 0
    assert "the program ended with exit code 3" in result.stdout + result.stderr


def test_a_missing_program_is_named(engine: Engine, tmp_path: Path):
    project = engine.project(tmp_path / "p", "")
    (project.directory / "__main__.py").unlink()
    (error,) = messages(project, "error")
    assert f"there is no program in {project.directory}: it has no __main__.py" in error


def test_main_may_be_a_file_with_neighbours(engine: Engine, tmp_path: Path):
    project = engine.project(tmp_path / "p", "", settings={"main": "infra/app.py"})
    (tmp_path / "p" / "infra").mkdir()
    (tmp_path / "p" / "infra" / "neighbour.py").write_text("VALUE = 7\n")
    (tmp_path / "p" / "infra" / "app.py").write_text(
        "import pulumi, neighbour\npulumi.export('value', neighbour.VALUE)\n"
    )
    project.up()
    assert project.outputs() == {"value": 7}


def test_a_program_may_call_its_modules_as_ours_are_called(engine: Engine, tmp_path: Path):
    project = engine.project(tmp_path / "p", "import pulumi, program\npulumi.export('value', program.VALUE)\n")
    (project.directory / "program.py").write_text("VALUE = 'mine'\n")
    project.up()
    assert project.outputs() == {"value": "mine"}


def test_config_reaches_the_program(engine: Engine, tmp_path: Path):
    project = engine.project(
        tmp_path / "p",
        """
        import pulumi
        config = pulumi.Config()
        pulumi.export("size", config.require_int("size"))
        pulumi.export("names", config.require_object("names"))
        """,
    )
    project.run("config", "set", "size", "3")
    project.run("config", "set", "--path", "names[0]", "ü")
    project.up()
    assert project.outputs() == {"size": 3, "names": ["ü"]}
