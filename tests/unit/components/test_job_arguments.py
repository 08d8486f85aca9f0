"""Arguments of the patterns that answer later."""

from typing import Any

import pytest

from genai_tiers.args import (
    AsyncRequestResponseArgs,
    BufferedRequestResponseArgs,
    MiddlewareArgs,
    RequestResponseArgs,
    StreamingResponseArgs,
    ThreeTierArgs,
)
from genai_tiers.settings import read_settings
from genai_tiers.validation import InvalidArgumentsError

BACKEND = {"key": "k", "usage_table": "u", "jobs_table": "j", "payloads_bucket": "p"}
MIDDLEWARE = {
    **dict.fromkeys(("api", "api_url", "authorizer", "guardrail", "guardrail_version"), "x"),
    **dict.fromkeys(("prompts_table", "prompt_version", "cache_table", "websocket_api", "websocket_url"), "x"),
}
BACKGROUND = {"queue": "q", "queue_url": "u", "jobs_table": "j", "payloads_bucket": "p"}
PUSHED = {"patterns": ["async-request-response"]}
OVER_WEBSOCKET = pytest.mark.parametrize("kind", [AsyncRequestResponseArgs, StreamingResponseArgs])
KEEP_JOBS = pytest.mark.parametrize(
    "kind", [AsyncRequestResponseArgs, StreamingResponseArgs, BufferedRequestResponseArgs]
)


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


@pytest.mark.parametrize("seconds", [5, 300, 870])
def test_a_job_stays_hidden_six_times_as_long_as_its_worker_may_take(seconds: int) -> None:
    limits = read_settings("stack", {"limits": {"background_timeout_seconds": seconds}}, ThreeTierArgs).limits
    assert limits.queue_visibility_seconds == 6 * (seconds + 2) <= 43_200
    assert limits.queue_attempts_seconds == 3 * limits.queue_visibility_seconds


@pytest.mark.parametrize("workers", [1, 1_001])
def test_the_number_of_workers_has_the_bounds_of_an_event_source(workers: int) -> None:
    assert mistakes({"limits": {"max_workers": workers}}, BufferedRequestResponseArgs) == [
        f"limits.max_workers is {workers}: must be from 2 to 1000 workers"
    ]
    assert read_settings("stack", {}, ThreeTierArgs).limits.max_workers == 10


@pytest.mark.parametrize(
    ("kind", "args", "longest"),
    [
        (ThreeTierArgs, PUSHED, 1_086),
        (AsyncRequestResponseArgs, {}, 1_086),
        (BufferedRequestResponseArgs, {}, 5_436),
        (ThreeTierArgs, {}, 5_436),
    ],
    ids=["pushed", "async", "buffered", "all"],
)
def test_jobs_are_kept_as_long_as_they_may_be_worked_on(kind: type, args: dict[str, Any], longest: int) -> None:
    [problem] = mistakes({**args, "jobs": {"kept_seconds": longest - 1}}, kind)
    assert problem == (
        f"jobs.kept_seconds is {longest - 1}: with limits.background_timeout_seconds 300, a job and its retries take up"
        f" to {longest} seconds; keep jobs at least as long, or lower that limit"
    )
    assert read_settings("stack", {**args, "jobs": {"kept_seconds": longest}}, kind).jobs_kept_seconds == longest


def test_brief_jobs_need_brief_work() -> None:
    brief = {**PUSHED, "jobs": {"kept_seconds": 300}, "limits": {"background_timeout_seconds": 38}}
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


@KEEP_JOBS
def test_a_pattern_works_alone_or_on_tiers_that_have_what_it_needs(kind: type) -> None:
    for args in ({}, {"backend": BACKEND}, {"backend": BACKEND, "middleware": MIDDLEWARE, "alarm_topic": "t"}):
        assert read_settings("pattern", args, kind)


@KEEP_JOBS
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


def test_a_queue_needs_no_websocket_but_all_of_one_that_is_given() -> None:
    polled = without(MIDDLEWARE, "websocket_api", "websocket_url")
    assert read_settings("pattern", {"middleware": polled, "backend": BACKEND}, BufferedRequestResponseArgs)
    assert mistakes({"middleware": without(MIDDLEWARE, "websocket_url")}, BufferedRequestResponseArgs) == [
        "middleware.websocket_url is missing: answers are pushed over a WebSocket; create the middleware with"
        " websocket: true",
        "backend is missing: the middleware resumes and cancels jobs of its backend; give the same one",
    ]


def test_the_route_is_created_unless_it_is_switched_off() -> None:
    assert read_settings("pattern", {}, BufferedRequestResponseArgs).create_route
    assert not read_settings("pattern", {"create_route": False}, BufferedRequestResponseArgs).create_route
    assert mistakes({"create_route": "no"}, BufferedRequestResponseArgs) == [
        "create_route is 'no': expected true or false"
    ]


def test_a_queue_that_is_given_has_to_be_whole() -> None:
    assert read_settings("pattern", {"background": BACKGROUND}, RequestResponseArgs)
    assert mistakes({"background": without(BACKGROUND, "queue_url")}, RequestResponseArgs) == [
        "background.queue_url is missing: give the refs of a buffered request/response, or a resource of your own"
    ]
