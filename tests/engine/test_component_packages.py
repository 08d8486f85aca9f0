"""A component package: its schema, and its construction from another program."""

import json
import textwrap
from pathlib import Path

from engine_fixture import Engine

PACKAGE = """
from typing import Optional, TypedDict
import pulumi
from pulumi.provider.experimental import component_provider_host

class GreeterArgs(TypedDict):
    name: pulumi.Input[str]

class Greeter(pulumi.ComponentResource):
    greeting: pulumi.Output[str]
    def __init__(self, name: str, args: GreeterArgs, opts: Optional[pulumi.ResourceOptions] = None):
        super().__init__("greetings:index:Greeter", name, {}, opts)
        self.greeting = pulumi.Output.from_input(args["name"]).apply(lambda text: f"Hello, {text}!")
        self.register_outputs({"greeting": self.greeting})

if __name__ == "__main__":
    component_provider_host(components=[Greeter], name="greetings")
"""


def test_schema_and_remote_construction(engine: Engine, tmp_path: Path):
    package = tmp_path / "greetings"
    package.mkdir()
    (package / "PulumiPlugin.yaml").write_text("runtime: python\n")
    (package / "__main__.py").write_text(textwrap.dedent(PACKAGE))

    schema = json.loads(engine.run("package", "get-schema", package, cwd=tmp_path).stdout)
    greeter = schema["resources"]["greetings:index:Greeter"]
    assert greeter["isComponent"] is True
    assert greeter["requiredInputs"] == ["name"]
    assert greeter["properties"]["greeting"] == {"type": "string"}

    project = engine.project(
        tmp_path / "p",
        """
        import pulumi
        class Greeter(pulumi.ComponentResource):
            greeting: pulumi.Output[str]
            def __init__(self, name, props):
                super().__init__("greetings:index:Greeter", name, {**props, "greeting": None}, remote=True)
        pulumi.export("greeting", Greeter("one", {"name": "World"}).greeting)
        """,
        settings={"plugins": {"providers": [{"name": "greetings", "path": str(package)}]}},
    )
    project.up()
    assert project.outputs() == {"greeting": "Hello, World!"}
    assert [resource["type"] for resource in project.resources()].count("greetings:index:Greeter") == 1
