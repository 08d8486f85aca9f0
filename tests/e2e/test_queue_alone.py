import json
import shutil
from collections.abc import Iterator

import pytest
from background import attributes, create, polled
from deployment import ACME, ROOT, Deployment, deploy
from leftovers import remaining

pytestmark = pytest.mark.xdist_group("queue-alone")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The example with the buffered pattern as the only one, deployed as an outsider would, but deletable."""
    base = tmp_path_factory.mktemp("alone")
    shutil.copytree(ROOT / "examples", base / "examples")
    program = base / "examples" / "queued_answers"
    settings = (program / "Pulumi.yaml").read_text().replace("../../.venv", str(ROOT / ".venv"))
    (program / "Pulumi.yaml").write_text(settings)
    source = (program / "__main__.py").read_text()
    for kept in ('"sign_in"', '"knowledge"', '"frontend"'):
        source = source.replace(kept, f'"retain_data": False, {kept}')
    (program / "__main__.py").write_text(source)
    deployment = deploy(base / "sandbox", program, "alone", {"aws:region": "us-east-1"})
    yield deployment
    deployment.stop()


def test_it_answers_who_polls_without_a_websocket(alone: Deployment) -> None:
    assert alone.outputs.get("websocket_url") is None
    with alone.http() as client:
        made = create(client, "How soon must a lost laptop be reported?")
        done = polled(client, made["id"])
    assert (done["status"], done["model"]) == ("completed", "nova-micro")
    assert "within one hour" in done["output"][0]["content"][0]["text"]


def test_its_route_makes_responses_in_the_background_only(alone: Deployment) -> None:
    with alone.http(ACME) as client:
        answer = client.post("/v1/responses", json={"input": "When are updates installed?"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "background")


def test_settings_follow_from_each_other(alone: Deployment) -> None:
    worker = alone.aws("lambda").get_function_configuration(FunctionName=alone.outputs["worker"])
    queue = attributes(alone, alone.outputs["queue_url"])
    sources = alone.aws("lambda").list_event_source_mappings(FunctionName=alone.outputs["worker"])
    [source] = sources["EventSourceMappings"]
    assert worker["Timeout"] == 62
    assert (queue["VisibilityTimeout"], queue["MessageRetentionPeriod"]) == ("372", "3600")
    assert (source["BatchSize"], source["ScalingConfig"]) == (1, {"MaximumConcurrency": 4})
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    reserved = alone.aws("lambda").get_function_concurrency(FunctionName=alone.outputs["worker"])
    assert reserved["ReservedConcurrentExecutions"] >= 4


def test_up_again_changes_nothing_and_a_refresh_finds_no_drift(alone: Deployment) -> None:
    assert set(json.loads(alone.pulumi("preview", "--json"))["changeSummary"]) == {"same"}
    summary = json.loads(alone.pulumi("refresh", "--preview-only", "--json"))["changeSummary"]
    assert set(summary) <= {"same", "refresh"}


def test_destroy_leaves_nothing_behind(alone: Deployment) -> None:
    alone.pulumi("destroy", "--yes", "--skip-preview")
    assert remaining(alone) == {}
