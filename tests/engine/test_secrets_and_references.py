"""Secret configuration stays secret, and stacks read each other's outputs."""

import json
from pathlib import Path

from engine_fixture import Engine

SECRET = "correct-horse-battery-staple"


def test_a_secret_is_nowhere_in_plain_text(engine: Engine, tmp_path: Path):
    project = engine.project(
        tmp_path / "p",
        """
        import pulumi
        secret = pulumi.Config().require_secret("password")
        class Holder(pulumi.ComponentResource):
            def __init__(self):
                super().__init__("test:index:Holder", "holder", {"secret": secret})
                self.register_outputs({"secret": secret})
        Holder()
        pulumi.export("derived", secret.apply(lambda text: f"<{text}>"))
        """,
    )
    project.run("config", "set", "--secret", "password", SECRET)
    up = project.up()
    assert SECRET not in up.stdout + up.stderr
    assert SECRET not in json.dumps(project.export())
    for path in [*project.directory.rglob("*"), *engine.base.rglob("*")]:
        assert not path.is_file() or SECRET not in path.read_text(errors="ignore"), path
    assert project.outputs() == {"derived": f"<{SECRET}>"}
    assert "[secret]" in project.run("stack", "output").stdout


def test_a_stack_reads_another_ones_outputs(engine: Engine, tmp_path: Path):
    source = engine.project(tmp_path / "source", "import pulumi\npulumi.export('value', 5)\n", name="source")
    source.up()
    reader = engine.project(
        tmp_path / "reader",
        """
        import pulumi
        other = pulumi.StackReference("organization/source/dev")
        pulumi.export("twice", other.require_output("value").apply(lambda value: value * 2))
        """,
        name="reader",
    )
    reader.up()
    assert reader.outputs() == {"twice": 10}
