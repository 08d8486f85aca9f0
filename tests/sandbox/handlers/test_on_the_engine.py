"""Facts, comparison and handlers together, on the real engine: nothing to do twice, drift shows, nothing is left."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from engine_fixture import Engine, Project

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory
from tools.toolchain.environment import cloud_environment, places

HERE = Path(__file__).parent


@pytest.fixture
def make_project(tmp_path: Path) -> Iterator[Callable[[str], Project]]:
    """Return what makes a project of a program beside this file, in a sandbox of the test's own."""
    where = places({}, tmp_path / "engine")
    cloud = cloud_environment(where)
    try:
        engine = Engine(tmp_path / "engine", cloud)
        yield lambda program: engine.project(tmp_path / "program", (HERE / program).read_text())
    finally:
        lifecycle.stop(StateDirectory(where.cloud_state))


def client_of(project: Project, service: str) -> Any:
    cloud = project.engine.cloud
    return boto3.client(
        service,
        region_name="eu-central-1",
        endpoint_url=cloud["AWS_ENDPOINT_URL"],
        aws_access_key_id=cloud["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=cloud["AWS_SECRET_ACCESS_KEY"],
    )


def test_every_type_of_the_first_pattern(make_project: Callable[[str], Project]) -> None:
    project = make_project("first_types_program.py")
    project.configure(round="1")
    project.up()
    project.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert set(project.changes()) == {"same"}

    # Somebody changes a function by hand: a refresh sees it, the next update mends it.
    name = project.outputs()["function"]
    functions = client_of(project, "lambda")
    functions.update_function_configuration(FunctionName=name, Timeout=99)
    project.run("refresh", "--yes", "--skip-preview")
    function = next(entry for entry in project.resources() if entry["type"] == "aws:lambda/function:Function")
    assert (function["inputs"]["timeout"], function["outputs"]["timeout"]) == (99, 99)

    project.configure(round="2")
    changes = project.changes()
    assert set(changes) == {"same", "update"}
    assert changes["update"] == 34
    project.up()
    assert functions.get_function_configuration(FunctionName=name)["Timeout"] == 27
    project.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert set(project.changes()) == {"same"}

    project.destroy()
    assert not project.resources()
    assert not functions.list_functions()["Functions"]
    assert not client_of(project, "s3").list_buckets()["Buckets"]


def test_every_type_that_moves_events(make_project: Callable[[str], Project]) -> None:
    project = make_project("event_types_program.py")
    project.configure(round="1")
    project.up()
    project.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert set(project.changes()) == {"same"}

    project.configure(round="2")
    changes = project.changes()
    assert set(changes) == {"same", "update"}
    assert changes["update"] == 10
    project.up()
    project.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert set(project.changes()) == {"same"}

    project.destroy()
    assert not project.resources()
    assert not client_of(project, "lambda").list_event_source_mappings()["EventSourceMappings"]
    assert not client_of(project, "events").list_rules()["Rules"]
    assert not client_of(project, "sns").list_subscriptions()["Subscriptions"]
