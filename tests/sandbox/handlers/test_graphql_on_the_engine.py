"""A GraphQL API on the real engine: deployed, asked, changed, restarted, blocked, destroyed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
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
        yield engine.project(tmp_path / "program", (HERE / "graphql_types_program.py").read_text())
    finally:
        lifecycle.stop(StateDirectory(where.cloud_state))


def token_of(project: Project, outputs: dict[str, Any]) -> str:
    cloud = project.engine.cloud
    cognito: Any = boto3.client(
        "cognito-idp",
        region_name="eu-central-1",
        endpoint_url=cloud["AWS_ENDPOINT_URL"],
        aws_access_key_id=cloud["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=cloud["AWS_SECRET_ACCESS_KEY"],
    )
    cognito.admin_create_user(UserPoolId=outputs["pool"], Username="ann")
    cognito.admin_set_user_password(UserPoolId=outputs["pool"], Username="ann", Password="Pa55-word!", Permanent=True)
    return cognito.admin_initiate_auth(
        UserPoolId=outputs["pool"],
        ClientId=outputs["client"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann", "PASSWORD": "Pa55-word!"},
    )["AuthenticationResult"]["AccessToken"]


def test_every_type_of_a_graphql_api(project: Project, tmp_path: Path) -> None:
    project.configure(round="1")
    project.up()
    project.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert set(project.changes()) == {"same"}
    outputs = project.outputs()
    assert ":regional/webacl/" in outputs["firewall"]

    client = httpx2.Client(headers={"authorization": token_of(project, outputs)}, timeout=30)

    def hello() -> httpx2.Response:
        return client.post(outputs["url"], json={"query": '{ hello(name: "Ann") }'})

    assert hello().json() == {"data": {"hello": "round 1, Ann!"}}

    state = StateDirectory(places({}, tmp_path / "engine").cloud_state)
    lifecycle.stop(state)
    lifecycle.start(state, None)
    assert hello().json() == {"data": {"hello": "round 1, Ann!"}}

    project.configure(round="2")
    changes = project.changes()
    assert set(changes) == {"same", "update"}
    assert changes["update"] == 4
    project.up()
    assert set(project.changes()) == {"same"}
    assert project.outputs()["url"] == outputs["url"]
    assert hello().json() == {"data": {"hello": "round 2, Ann!!"}}

    # The firewall lets ten requests in five minutes through; a restart forgets those before it.
    blocked = [hello() for _ in range(10)][-1]
    assert blocked.status_code == 403
    assert blocked.json()["errors"][0]["errorType"] == "WAFForbiddenException"

    project.destroy()
    assert not project.resources()
    with pytest.raises(httpx2.ConnectError):
        hello()
