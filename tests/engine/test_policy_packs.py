"""Policy packs run through the language host."""

import textwrap
import time
from pathlib import Path

from engine_fixture import Engine

PROGRAM = """
import pulumi
class Widget(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Widget", name)
        self.register_outputs({})
Widget("good")
Widget(pulumi.Config().get("second") or "fine")
"""


def pack(directory: Path, program: str) -> Path:
    directory.mkdir()
    (directory / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (directory / "__main__.py").write_text(textwrap.dedent(program))
    return directory


def no_bad_names(directory: Path) -> Path:
    return pack(
        directory,
        """
        from names import BAD  # a module of the pack's own
        from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

        def check(args, report):
            if args.name == BAD:
                report(f"{args.name} is no name for a widget: choose another")

        PolicyPack("names", [ResourceValidationPolicy("no-bad-names", "No bad names.", check,
                                                      enforcement_level=EnforcementLevel.MANDATORY)])
        """,
    )


def test_a_pack_blocks_and_lets_pass(engine: Engine, tmp_path: Path):
    project = engine.project(tmp_path / "p", PROGRAM)
    directory = no_bad_names(tmp_path / "pack")
    (directory / "names.py").write_text("BAD = 'bad'\n")

    project.up("--policy-pack", directory)
    assert len(project.resources()) == 3

    project.run("config", "set", "second", "bad")
    # `up` without a preview of its own: the pack has to block what is deployed, too.
    for command in (["preview"], ["up", "--yes", "--skip-preview"]):
        blocked = project.run(*command, "--policy-pack", directory, check=False)
        assert blocked.returncode != 0
        assert "bad is no name for a widget: choose another" in blocked.stdout
        assert "no-bad-names" in blocked.stdout
    assert not [resource for resource in project.resources() if resource["urn"].endswith("::bad")]


def test_a_broken_pack_says_why(engine: Engine, tmp_path: Path):
    project = engine.project(tmp_path / "p", PROGRAM)
    directory = pack(tmp_path / "pack", "raise ValueError('the pack is broken')\n")
    result = project.run("preview", "--policy-pack", directory, check=False)
    assert result.returncode != 0
    assert "ValueError: the pack is broken" in result.stdout + result.stderr


def test_the_engine_does_not_wait_for_its_plugins_to_end(engine: Engine, tmp_path: Path):
    # The engine gives each plugin 5 s to end: one that does not makes the whole command wait.
    project = engine.project(
        tmp_path / "p",
        """
        import pulumi
        from pulumi.dynamic import CreateResult, Resource, ResourceProvider
        class Nothing(ResourceProvider):
            def create(self, props):
                return CreateResult("id", props)
        class Thing(Resource):
            def __init__(self, name):
                super().__init__(Nothing(), name, {})
        Thing("thing")
        """,
    )
    directory = no_bad_names(tmp_path / "pack")
    (directory / "names.py").write_text("BAD = 'bad'\n")
    up = engine.start(
        "up", "--yes", "--skip-preview", "--policy-pack", directory, "--stack", "dev", cwd=project.directory
    )
    assert up.stdout is not None
    output, finished = "", 0.0
    for line in up.stdout:
        output += line
        if line.startswith("Duration:"):
            finished = time.monotonic()
    assert up.wait(60) == 0, output
    assert time.monotonic() - finished < 4
