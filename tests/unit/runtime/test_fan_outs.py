"""Requests in parts: what is published, what ends them, what comes twice or too late."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from genai_runtime.core.config import GuardrailRef
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.worker import JobBusyError, UnknownJobError
from genai_runtime.ids import new_id
from tests.unit.runtime.aws_fixtures import REGION
from tests.unit.runtime.fan_out_fixtures import Fan
from tests.unit.runtime.job_fixtures import make_job_places
from tests.unit.runtime.memory import OTHER_TENANT

ONE, TWO = ({"id": name, "modality": "text", "input": f"About {name}?"} for name in ("one", "two"))


@pytest.fixture
def fan(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fan]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", REGION)
    with mock_aws():
        make_job_places()
        yield Fan()


def test_parts_are_published_by_modality_after_the_deadline_is_set(fan: Fan):
    image = {
        "modality": "image",
        "input": "?",
        "image": {"format": "gif", "data": base64.b64encode(b"GIF89a").decode()},
    }
    made = fan.create(ONE, image, deadline_seconds=7)
    assert [(key.part, modality) for key, modality in fan.published] == [("one", "text"), ("part-2", "image")]
    assert [(key.id, key.part, delay) for key, delay in fan.asked] == [(made, "", 7)]


def test_the_last_part_has_the_whole_combined(fan: Fan):
    made = fan.create(ONE, TWO)
    fan.work(made, "two")
    assert fan.combines_at_once() == 0
    fan.work(made, "one")
    assert fan.combines_at_once() == 1
    fan.combine(made)
    done = fan.seen(made)
    assert done["status"] == "completed"
    text = done["output"][0]["content"][0]["text"]
    assert text == "\n\n".join(part["output_text"] for part in done["parts"])
    assert text.index("About one?") < text.index("About two?")


def test_a_part_that_comes_twice_counts_once(fan: Fan):
    made, model = fan.create(ONE, TWO), fan.office.deployment.model
    for owner in ("w1", "w2", "w1"):
        fan.work(made, "one", owner)
    assert fan.combines_at_once() == 0
    assert len(model.called) == 1


def test_who_is_combined_too_early_waits_and_who_is_combined_twice_is_told_once(fan: Fan):
    made = fan.create(ONE, TWO)
    fan.work(made, "one")
    fan.combine(made)
    assert fan.seen(made)["status"] == "queued"
    fan.work(made, "two")
    fan.combine(made)
    first = fan.seen(made)
    fan.combine(made, "another")
    assert fan.seen(made) == first


def test_the_deadline_answers_with_what_is_there(fan: Fan):
    made = fan.create(ONE, TWO, deadline_seconds=5)
    fan.work(made, "two")
    fan.office.deployment.clock.time += 5
    fan.combine(made)
    partial = fan.seen(made)
    assert (partial["status"], partial["incomplete_details"]) == (
        "incomplete",
        {"reason": "deadline", "parts": ["one"]},
    )
    fan.work(made, "one")
    late = fan.seen(made)
    assert late["parts"][0]["status"] == "completed"
    assert late["output"] == partial["output"]
    assert fan.combines_at_once() == 0


def test_a_deadline_without_any_part_fails(fan: Fan):
    made = fan.create(ONE, deadline_seconds=5)
    fan.office.deployment.clock.time += 5
    fan.combine(made)
    failed = fan.seen(made)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "no_part_succeeded")


def test_a_part_given_up_ends_and_may_still_be_done(fan: Fan):
    made = fan.create(ONE, TWO)
    fan.work(made, "one")
    fan.office.deployment.model.faults = [StepError(Cause.DENIED, "bedrock:InvokeModel", "no")]
    with pytest.raises(StepError):
        fan.work(made, "two")
    fan.give_up(made, "two")
    assert fan.combines_at_once() == 1
    fan.combine(made)
    partial = fan.seen(made)
    assert partial["incomplete_details"] == {"reason": "part_failed", "parts": ["two"]}
    fan.work(made, "two", "redriven")
    assert fan.seen(made)["parts"][1]["status"] == "completed"


def test_the_rule_first_waits_for_one_success(fan: Fan):
    made = fan.create(ONE, TWO, combine={"rule": "first"})
    fan.give_up(made, "one")
    assert fan.combines_at_once() == 0
    fan.work(made, "two")
    assert fan.combines_at_once() == 1
    fan.combine(made)
    done = fan.seen(made)
    assert (done["status"], done["output"][0]["content"][0]["text"]) == ("completed", done["parts"][1]["output_text"])


def test_a_model_gets_the_results_as_passages_and_its_cache_tells_them_apart(fan: Fan):
    model = fan.office.deployment.model
    for question in ("About one?", "About something else?"):
        made = fan.create({**ONE, "input": question}, combine={"rule": "model", "instructions": "Sum up."})
        fan.work(made, "one")
        before = len(model.called)
        fan.combine(made)
        assert len(model.called) == before + 1
        assert any(question in block for block in model.prompts[-1].blocks[:-1])


def test_a_cancelled_fan_out_is_not_worked_on(fan: Fan):
    made = fan.create(ONE)
    assert fan.http("POST", f"/v1/fanouts/{made}/cancel")[1]["status"] == "cancelled"
    fan.work(made, "one")
    assert not fan.office.deployment.model.called
    assert fan.seen(made)["parts"][0]["status"] == "queued"


def test_a_part_of_another_worker_is_busy_and_an_unknown_one_is_none(fan: Fan):
    made = fan.create(ONE)
    fan.office.deployment.model.faults = [StepError(Cause.DENIED, "bedrock:InvokeModel", "no")]
    with pytest.raises(StepError):
        fan.work(made, "one")
    with pytest.raises(JobBusyError):
        fan.work(made, "one", "w2")
    with pytest.raises(UnknownJobError):
        fan.work(new_id("resp"), "one")


@pytest.mark.parametrize("other", [{"tenant": OTHER_TENANT}, {"user": "user-2"}])
def test_nobody_else_finds_it(fan: Fan, other: dict[str, Any]):
    made = fan.create(ONE)
    for method, path in (("GET", made), ("POST", f"{made}/cancel")):
        assert fan.http(method, f"/v1/fanouts/{path}", **other)[0] == 404


@pytest.mark.parametrize(
    ("part", "param"),
    [
        ({"modality": "audio", "input": "?"}, "parts[0].modality"),
        ({"modality": "text"}, "parts[0].input"),
        ({"modality": "text", "input": "?", "schema": {}}, "parts[0].schema"),
        ({"modality": "text", "input": "?", "id": "A"}, "parts[0].id"),
        ({"modality": "image", "input": "?"}, "parts[0].image"),
        ({"modality": "image", "input": "?", "image": {"format": "bmp", "data": "AA=="}}, "parts[0].image.format"),
        ({"modality": "image", "input": "?", "image": {"format": "png", "data": "?"}}, "parts[0].image.data"),
        ({"modality": "image", "input": "?", "image": {"format": "png", "data": ""}}, "parts[0].image.data"),
        ({"modality": "image", "input": "?", "model": "small"}, "parts[0].image"),
        ({"modality": "structured", "input": "?"}, "parts[0].schema"),
        ({"modality": "structured", "input": "?", "schema": {"type": "object"}, "model": "large"}, "parts[0].model"),
    ],
)
def test_mistakes_are_named_by_their_place(fan: Fan, part: dict[str, Any], param: str):
    status, body = fan.http("POST", "/v1/fanouts", {"parts": [part]})
    assert (status, body["error"]["param"]) == (400, param)
    assert not fan.published


@pytest.mark.parametrize(("judged", "status"), [(True, 400), (False, 200)])
def test_an_image_that_the_guardrail_cannot_judge_is_refused_where_it_judges_images(
    fan: Fan, judged: bool, status: int
):
    deployment = fan.office.deployment
    guardrail = GuardrailRef("gr1", "1", grounding=False, images=judged)
    deployment.config = replace(deployment.config, guardrail=guardrail)
    part = {"modality": "image", "input": "?", "image": {"format": "gif", "data": "R0lGODlhAQABAA=="}}
    got, body = fan.http("POST", "/v1/fanouts", {"parts": [part]})
    assert got == status
    if judged:
        assert body["error"]["param"] == "parts[0].image.format"
        assert "use one of png, jpeg" in body["error"]["message"]
