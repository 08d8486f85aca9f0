"""The example with an OpenID Connect provider of one's own, with a GraphQL API and a firewall before it."""

import shutil
from collections.abc import Iterator

import httpx2
import pytest
from deployment import ACME, GLOBEX, ROOT, Deployment, deploy
from leftovers import remaining

from tests.sandbox.gateway.openid_provider import Provider, openid_provider

pytestmark = pytest.mark.xdist_group("own-sign-in")
LIMIT = 20
WEB_APP = f'{{"firewall": True, "requests_per_five_minutes": {LIMIT}}}'
ASK = (
    'mutation { ask(input: {messages: [{role: USER, content: "How soon must a lost laptop be reported?"}]}) { text } }'
)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with openid_provider() as running:
        yield running


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Deployment]:
    """The example, deployed as an outsider would, but deletable, and with the provider of these tests."""
    base = tmp_path_factory.mktemp("alone")
    shutil.copytree(ROOT / "examples", base / "examples")
    program = base / "examples" / "own_sign_in"
    settings = (program / "Pulumi.yaml").read_text().replace("../../.venv", str(ROOT / ".venv"))
    (program / "Pulumi.yaml").write_text(settings)
    source = (program / "__main__.py").read_text()
    for old, new in (
        ("https://login.example.com/", provider.issuer),
        ('"knowledge"', '"retain_data": False, "knowledge"'),
        ('"frontend"', f'"retain_data": False, "graphql": True, "web_app": {WEB_APP}, "frontend"'),
        ('"backend": data.refs', '"graphql": True, "backend": data.refs'),
    ):
        assert old in source
        source = source.replace(old, new)
    (program / "__main__.py").write_text(f'{source}\npulumi.export("graphql_url", answers.graphql_url)\n')
    deployment = deploy(base / "sandbox", program, "alone", {"aws:region": "us-east-1"})
    yield deployment
    deployment.stop()


def token(provider: Provider, tenant: str = ACME, audience: str = "assistant") -> str:
    return provider.token(aud=audience, **{"custom:tenant_id": tenant})


def post(alone: Deployment, token: str) -> httpx2.Response:
    return httpx2.post(alone.outputs["graphql_url"], json={"query": ASK}, headers={"authorization": token}, timeout=40)


def test_tokens_of_the_provider_are_taken_by_both_apis(alone: Deployment, provider: Provider) -> None:
    answer = post(alone, token(provider)).json()
    assert "within one hour" in answer["data"]["ask"]["text"]
    models = httpx2.get(
        f"{alone.outputs['base_url']}/models", headers={"authorization": f"Bearer {token(provider, GLOBEX)}"}
    )
    assert models.status_code == 200


@pytest.mark.parametrize("audience", ["another", "assistant2", "my-assistant", ".*"])
def test_tokens_for_others_are_not(alone: Deployment, provider: Provider, audience: str) -> None:
    assert post(alone, token(provider, audience=audience)).status_code == 401


def test_a_token_of_no_tenant_is_refused(alone: Deployment, provider: Provider) -> None:
    [error] = post(alone, provider.token(aud="assistant")).json()["errors"]
    assert (error["errorType"], error["errorInfo"]["type"]) == ("tenant_missing", "permission_error")


def test_the_firewall_stops_an_address_that_asks_too_often(alone: Deployment, provider: Provider) -> None:
    answers = [post(alone, "no-token").status_code for _ in range(LIMIT + 1)]
    assert (answers[0], answers[-1]) == (401, 403)
    assert post(alone, token(provider)).json()["errors"][0]["errorType"] == "WAFForbiddenException"


def test_destroy_leaves_nothing_of_it(alone: Deployment) -> None:
    alone.pulumi("destroy", "--yes", "--skip-preview")
    assert remaining(alone) == {}
