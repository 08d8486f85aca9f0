"""What batches may be told: bounds, schedules, and the time-outs that follow."""

from typing import Any

import pytest

from genai_tiers.args import BatchProcessingArgs
from genai_tiers.limits import Limits
from genai_tiers.settings import read_settings
from genai_tiers.validation import InvalidArgumentsError

TENANT = "tnt_01m85e0bftf0qswwny36f48vfq"
SCHEDULE = {"tenant": TENANT, "object": "scheduled/questions.jsonl", "expression": "cron(0 3 * * ? *)"}
REQUIRED = "api api_url authorizer guardrail guardrail_version prompts_table prompt_version cache_table"
MIDDLEWARE = dict.fromkeys(REQUIRED.split(), "x")


def mistakes(args: Any) -> list[str]:
    with pytest.raises(InvalidArgumentsError) as refused:
        read_settings("pattern", args, BatchProcessingArgs)
    return list(refused.value.problems)


def test_a_schedule_is_taken_as_it_is_given() -> None:
    [schedule] = read_settings("pattern", {"batch": {"schedules": [SCHEDULE]}}, BatchProcessingArgs).batch.schedules
    assert vars(schedule) == SCHEDULE


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("tenant", "acme", "expected a tenant's id"),
        ("tenant", None, "is missing"),
        ("object", "questions.csv", "expected a name such as scheduled/questions.jsonl"),
        ("object", "/questions.jsonl", "expected a name such as scheduled/questions.jsonl"),
        ("object", "inbox/questions.jsonl", "are used already; begin it with scheduled/"),
        ("object", "batches/questions.jsonl", "are used already; begin it with scheduled/"),
        ("expression", "daily", "expected rate(1 day)"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(field: str, value: Any, said: str) -> None:
    [mistake] = mistakes({"batch": {"schedules": [{**SCHEDULE, field: value}]}})
    assert mistake.startswith(f"batch.schedules[0].{field}")
    assert said in mistake


def test_an_object_has_one_schedule() -> None:
    [mistake] = mistakes({"batch": {"schedules": [SCHEDULE, {**SCHEDULE, "expression": "rate(1 day)"}]}})
    assert "more than once" in mistake


def test_a_misspelt_field_is_a_mistake() -> None:
    assert mistakes({"batch": {"max_line": 1}}) == ["batch.max_line is not a field: did you mean max_lines?"]


def test_a_backend_needs_the_table_of_jobs_and_nothing_more() -> None:
    backend = {"key": "x", "usage_table": "x"}
    [mistake] = mistakes({"middleware": MIDDLEWARE, "backend": backend})
    assert mistake.startswith("backend.jobs_table is missing")
    with_table = {**backend, "jobs_table": "x"}
    assert read_settings("pattern", {"middleware": MIDDLEWARE, "backend": with_table}, BatchProcessingArgs)


@pytest.mark.parametrize(("background_seconds", "worker_seconds"), [(5, 14), (300, 604), (870, 900)])
def test_a_worker_has_time_for_more_than_one_line(background_seconds: int, worker_seconds: int) -> None:
    limits = Limits(background_timeout_seconds=background_seconds)
    assert limits.batch_worker_timeout_seconds == worker_seconds
    assert limits.batch_visibility_seconds == 6 * worker_seconds
    assert limits.batch_visibility_seconds <= 43_200, "the longest that SQS hides a message"
