"""What an answer is judged against, and when it may be shown."""

from dataclasses import replace
from typing import Any

import pytest

from genai_runtime.core.pipeline import answer_request
from genai_runtime.core.request import Answer, Caller, Media, Message, Passage, PromptRequest, Sampling, Trace
from genai_runtime.core.run import Run
from genai_runtime.core.steps import Steps
from tests.unit.runtime.memory import TENANT, Deployment, settings

PASSAGE = Passage(TENANT, "doc", "handbook.md", "laptop loss must be reported", 0.9)
IMAGE = Media("image", "png", "cGl4ZWxz")
ASKED = PromptRequest("small", (Message("user", "laptop loss"),), "", Sampling(100), "input")
JUDGING = {"id": "gr1", "version": "1", "grounding": True, "images": True}


def answer(deployment: Deployment, request: PromptRequest, shown: list[str] | None = None) -> Answer:
    deployment.library.passages = [PASSAGE]
    run = Run(
        config=deployment.config,
        ports=deployment.ports,
        caller=Caller(TENANT, "user-1"),
        trace=Trace("req_1", "0" * 32),
        steps=Steps(deployment.clock),
        deadline=deployment.clock.monotonic() + 20,
        on_text=None if shown is None else shown.append,
    )
    return answer_request(run, request).answer


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("change", "sources"),
    [
        ({}, [PASSAGE.text]),
        ({"media": (IMAGE,)}, []),
        ({"schema": "{}"}, []),
        ({"quoted": (replace(PASSAGE, text="the part says so"),)}, ["the part says so"]),
    ],
)
def test_only_what_passages_can_bear_out_is_judged_against_them(
    deployment: Deployment, change: dict[str, Any], sources: list[str], streamed: bool
) -> None:
    deployment.model.answer = lambda _: "{}"
    answer(deployment, replace(ASKED, **change), [] if streamed else None)
    assert deployment.guardrail.judged[-1] == ["{}", "laptop loss", *sources]


@pytest.mark.parametrize(("guardrail", "whole"), [(JUDGING, True), ({**JUDGING, "grounding": False}, False)])
def test_an_answer_that_must_be_borne_out_is_shown_when_it_is_whole(
    deployment: Deployment, guardrail: dict[str, Any], whole: bool
) -> None:
    deployment.config = settings(guardrail=guardrail)
    deployment.model.answer = lambda _: "Report the loss of a laptop to the service desk within the hour. " * 12
    shown: list[str] = []
    made = answer(deployment, ASKED, shown)
    assert "".join(shown) == made.text
    assert (len(shown) == 1) is whole


def test_nothing_is_shown_of_a_streamed_answer_that_is_not_borne_out(deployment: Deployment) -> None:
    deployment.config = settings(guardrail=JUDGING)
    deployment.model.answer = lambda _: "Report it soon. " * 40 + "This is forbidden."
    shown: list[str] = []
    made = answer(deployment, ASKED, shown)
    assert shown == ["That is not talked about here."]
    assert (made.guardrail, made.guardrail_stage, made.sources) == ("blocked", "output", ())


def test_an_image_is_judged_before_a_model_sees_it(deployment: Deployment) -> None:
    deployment.config = settings(guardrail=JUDGING)
    bad = replace(IMAGE, data="Zm9yYmlkZGVu")
    made = answer(deployment, replace(ASKED, media=(bad, Media("audio", "wav", "UklGRg=="))))
    assert (made.guardrail, made.guardrail_stage) == ("blocked", "input")
    assert deployment.guardrail.seen == [bad]
    assert not deployment.model.called


def test_a_guardrail_that_judges_no_images_is_shown_none(deployment: Deployment) -> None:
    assert answer(deployment, replace(ASKED, media=(IMAGE,))).guardrail == "none"
    assert not deployment.guardrail.seen
