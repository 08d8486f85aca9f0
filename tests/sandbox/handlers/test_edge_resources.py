"""Distributions, firewalls and sign-in domains on the real engine, and what they answer."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from engine_fixture import Engine, Project

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory
from tools.toolchain.environment import cloud_environment, places

HERE = Path(__file__).parent


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    where = places({}, tmp_path / "engine")
    cloud = cloud_environment(where)
    try:
        engine = Engine(tmp_path / "engine", cloud)
        yield engine.project(tmp_path / "program", (HERE / "edge_types_program.py").read_text())
    finally:
        lifecycle.stop(StateDirectory(where.cloud_state))


def test_every_type_before_an_application(project: Project, tmp_path: Path) -> None:
    project.configure(round="1")
    project.up()
    project.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert set(project.changes()) == {"same"}

    site = httpx2.Client(base_url=f"http://{project.outputs()['address']}")
    page = site.get("/")
    assert (page.status_code, page.text, page.headers["x-round"]) == (200, "round 1", "1")
    assert page.headers["x-frame-options"] == "DENY"
    lost = site.get("/elsewhere")
    assert (lost.status_code, lost.text) == (404, "nothing here")
    assert site.post("/").status_code == 404  # a refused method is a 403 too, and has its page

    # The ports outlive the daemon, since what is deployed holds them.
    state = StateDirectory(places({}, tmp_path / "engine").cloud_state)
    lifecycle.stop(state)
    lifecycle.start(state, None)
    assert site.get("/").text == "round 1"

    project.configure(round="2")
    assert set(project.changes()) == {"same", "update"}
    project.up()
    assert set(project.changes()) == {"same"}
    # The firewall lets ten requests in five minutes through.
    answers = [site.get("/") for _ in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [403] * 2
    assert answers[0].headers["x-round"] == "2"

    project.destroy()
    assert not project.resources()
    with pytest.raises(httpx2.ConnectError):
        site.get("/")
