"""Arguments of the patterns that answer later."""

from typing import Any

import pytest

from genai_tiers.args import AsyncRequestResponseArgs, MiddlewareArgs, StreamingResponseArgs, ThreeTierArgs
from genai_tiers.settings import read_settings
from genai_tiers.validation import InvalidArgumentsError

BACKEND = {"key": "k", "usage_table": "u", "jobs_table": "j", "payloads_bucket": "p"}
MIDDLEWARE = {
    **dict.fromkeys(("api", "api_url", "authorizer", "guardrail", "guardrail_version"), "x"),
    **dict.fromkeys(("prompts_table", "prompt_version", "cache_table", "websocket_api", "websocket_url"), "x"),
}
OVER_WEBSOCKET = pytest.mark.parametrize("kind", [AsyncRequestResponseArgs, StreamingResponseArgs])


def mistakes(args: object, kind: type) -> list[str]:
    with pytest.raises(InvalidArgumentsError) as caught:
        read_settings("component", args, kind)
    return list(caught.value.problems)


def without(refs: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in refs.items() if name not in names}


@pytest.mark.parametrize("seconds", [5, 300, 870])
def test_every_attempt_and_wait_fits_into_the_age_of_an_event(seconds: int) -> None:
    args = {"limits": {"background_timeout_seconds": seconds}}
    limits = read_settings("stack", args, ThreeTierArgs).limits
    assert seconds < limits.worker_timeout_seconds <= 900
    assert 60 + 120 + 3 * limits.worker_timeout_seconds <= limits.worker_event_age_seconds <= 21_600


@pytest.mark.parametrize("seconds", [4, 871])
def test_the_background_time_out_has_bounds(seconds: int) -> None:
    assert mistakes({"limits": {"background_timeout_seconds": seconds}}, ThreeTierArgs) == [
        f"limits.background_timeout_seconds is {seconds}: must be from 5 to 870 seconds"
    ]


def test_jobs_are_kept_a_day_and_at_most_a_week() -> None:
    assert read_settings("stack", {}, ThreeTierArgs).jobs_kept_seconds == 86_400
    week: dict[str, Any] = {"jobs": {"kept_seconds": 604_800.0}}
    assert read_settings("stack", week, ThreeTierArgs).jobs_kept_seconds == 604_800
    assert mistakes({"jobs": {"kept_seconds": 604_801}}, ThreeTierArgs)


def test_jobs_are_kept_as_long_as_they_may_be_worked_on() -> None:
    [problem] = mistakes({"jobs": {"kept_seconds": 1_085}}, ThreeTierArgs)
    assert problem == (
        "jobs.kept_seconds is 1085: with limits.background_timeout_seconds 300, a job and its retries take up to 1086"
        " seconds; keep jobs at least as long, or lower that limit"
    )
    assert read_settings("stack", {"jobs": {"kept_seconds": 1_086}}, ThreeTierArgs).jobs_kept_seconds == 1_086
    brief = {"jobs": {"kept_seconds": 300}, "limits": {"background_timeout_seconds": 38}}
    assert read_settings("stack", brief, ThreeTierArgs).jobs_kept_seconds == 300


def test_a_websocket_needs_the_jobs_of_a_backend() -> None:
    args: dict[str, Any] = {"frontend": {"issuer": "i", "audience": "a"}, "key": "k"}
    assert not read_settings("middleware", args, MiddlewareArgs).websocket
    mend = "the WebSocket resumes and cancels jobs; take it from the backend"
    assert mistakes({**args, "websocket": True}, MiddlewareArgs) == [
        f"jobs_table is missing: {mend}",
        f"payloads_bucket is missing: {mend}",
    ]
    whole = {**args, "websocket": True, "jobs_table": "j", "payloads_bucket": "p"}
    assert read_settings("middleware", whole, MiddlewareArgs).websocket


@OVER_WEBSOCKET
def test_a_pattern_works_alone_or_on_tiers_that_have_what_it_needs(kind: type) -> None:
    for args in ({}, {"backend": BACKEND}, {"backend": BACKEND, "middleware": MIDDLEWARE, "alarm_topic": "t"}):
        assert read_settings("pattern", args, kind)


@OVER_WEBSOCKET
def test_a_backend_without_jobs_is_refused(kind: type) -> None:
    mend = "jobs and their answers are kept there; give the refs of a backend that has it"
    assert mistakes({"backend": without(BACKEND, "jobs_table", "payloads_bucket")}, kind) == [
        f"backend.jobs_table is missing: {mend}",
        f"backend.payloads_bucket is missing: {mend}",
    ]


@OVER_WEBSOCKET
def test_a_middleware_without_its_websocket_or_its_backend_is_refused(kind: type) -> None:
    assert mistakes({"middleware": without(MIDDLEWARE, "websocket_api", "websocket_url")}, kind) == [
        "middleware.websocket_api is missing: answers are pushed over a WebSocket; create the middleware with"
        " websocket: true",
        "middleware.websocket_url is missing: answers are pushed over a WebSocket; create the middleware with"
        " websocket: true",
        "backend is missing: the middleware resumes and cancels jobs of its backend; give the same one",
    ]
