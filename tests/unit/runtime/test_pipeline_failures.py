"""What the pipeline does when a step fails."""

import json

import pytest

from genai_runtime.core.errors import Cause, StepError
from tests.unit.runtime.memory import Deployment, Failing, Prompts, content, error


def fault(cause: Cause, action: str = "bedrock:InvokeModel") -> StepError:
    return StepError(cause, action, "Converse: SomeException")


@pytest.mark.parametrize("port", ["guardrail", "library", "prompts", "model"])
@pytest.mark.parametrize(
    ("cause", "status", "code"),
    [
        (Cause.DENIED, 500, "access_denied"),
        (Cause.THROTTLED, 429, "rate_limit_exceeded"),
        (Cause.UNAVAILABLE, 503, "service_unavailable"),
        (Cause.INVALID, 500, "deployment_error"),
        (Cause.TOO_LONG, 400, "context_length_exceeded"),
    ],
)
def test_a_needed_step_that_fails_fails_the_request(
    deployment: Deployment, port: str, cause: Cause, status: int, code: str
):
    setattr(deployment, port, Failing(fault(cause)))
    response = deployment.ask("laptop")
    assert response.status == status
    assert error(response)["code"] == code
    assert not deployment.cache.kept
    assert not deployment.ledger.used
    assert ("retry-after" in response.headers) is (status in {429, 503})
    record = deployment.log.records[0]
    assert record["failed_step"] in {"guardrail_input", "retrieval", "prompt", "model"}
    assert "bedrock:InvokeModel" in record["failure"]


def test_an_output_check_that_fails_loses_the_answer(deployment: Deployment):
    judge = deployment.guardrail

    class OnlyInput(Failing):
        check_input = staticmethod(judge.check_input)

    deployment.guardrail = OnlyInput(fault(Cause.UNAVAILABLE))
    assert deployment.ask("laptop").status == 503
    assert not deployment.cache.kept


@pytest.mark.parametrize("port", ["cache", "ledger"])
@pytest.mark.parametrize("cause", [Cause.THROTTLED, Cause.UNAVAILABLE, Cause.INVALID])
def test_the_answer_survives_a_cache_or_ledger_that_is_down(deployment: Deployment, port: str, cause: Cause):
    setattr(deployment, port, Failing(fault(cause, "dynamodb:Something")))
    assert content(deployment.ask("laptop")) == "You asked: laptop"
    assert "dynamodb:Something" in str(deployment.log.records[0]["tolerated"])


@pytest.mark.parametrize("port", ["cache", "ledger", "guardrail", "library", "prompts", "model"])
def test_a_missing_permission_fails_the_request_in_any_step_and_is_named(deployment: Deployment, port: str):
    setattr(deployment, port, Failing(fault(Cause.DENIED, "service:Action")))
    response = deployment.ask("laptop")
    assert response.status == 500
    assert error(response)["code"] == "access_denied"
    assert "service:Action" in error(response)["message"]
    assert response.headers["x-should-retry"] == "false"


def test_a_throttled_model_is_tried_again_after_a_short_wait(deployment: Deployment):
    deployment.model.faults = [fault(Cause.THROTTLED)]
    assert content(deployment.ask("laptop")) == "You asked: laptop"
    assert deployment.model.called == ["us.small-v1:0", "us.small-v1:0"]
    assert 0 < sum(deployment.clock.slept) < 1


def test_the_next_model_answers_when_one_stays_busy(deployment: Deployment):
    deployment.model.faults = [fault(Cause.THROTTLED), fault(Cause.UNAVAILABLE)]
    body = json.loads(deployment.ask("laptop").body)
    assert body["model"] == "large"
    assert deployment.model.called == ["us.small-v1:0", "us.small-v1:0", "us.large-v1:0"]
    assert deployment.ledger.used[0].model == "large"
    assert not deployment.cache.kept


def test_the_first_model_is_the_fall_back_of_the_second(deployment: Deployment):
    deployment.model.faults = [fault(Cause.UNAVAILABLE), fault(Cause.UNAVAILABLE)]
    body = {"model": "large", "messages": [{"role": "user", "content": "laptop"}]}
    assert json.loads(deployment.chat(body).body)["model"] == "small"


@pytest.mark.parametrize("cause", [Cause.DENIED, Cause.INVALID, Cause.TOO_LONG])
def test_a_failure_that_no_other_call_mends_is_not_repeated(deployment: Deployment, cause: Cause):
    deployment.model.faults = [fault(cause)]
    deployment.ask("laptop")
    assert len(deployment.model.called) == 1


def test_no_call_is_begun_without_time_for_it(deployment: Deployment):
    response = deployment.ask("laptop", seconds=1.5)
    assert response.status == 503
    assert not deployment.model.called


def test_time_that_a_slow_failure_took_is_not_spent_again(deployment: Deployment):
    class SlowFailure:
        def generate(self, *_: object) -> None:
            deployment.clock.time += 25
            raise fault(Cause.UNAVAILABLE)

    deployment.model = SlowFailure()
    start = deployment.clock.time
    assert deployment.ask("laptop").status == 503
    assert deployment.clock.time - start < 27


def test_a_fault_of_this_code_is_an_error_of_our_shape_and_logged_without_its_message(deployment: Deployment):
    deployment.model = Failing(RuntimeError("secret detail"))
    response = deployment.ask("laptop")
    assert response.status == 500
    assert error(response)["code"] == "internal_error"
    assert "secret detail" not in response.body
    assert deployment.log.records[0]["failure"].startswith("RuntimeError at memory.py:")
    assert json.loads(response.body)["request_id"] == deployment.log.records[0]["request_id"]


def test_a_prompt_version_that_does_not_exist_is_a_fault_of_the_deployment(deployment: Deployment):
    deployment.prompts = Prompts({})
    response = deployment.ask("laptop")
    assert error(response)["code"] == "deployment_error"
    assert "no prompt 'answer' of version '1'" in deployment.log.records[0]["failure"]
