"""Arguments of answers and conversations that are kept."""

import pytest

from genai_tiers.args import (
    AsyncRequestResponseArgs,
    BackendArgs,
    BatchProcessingArgs,
    BufferedRequestResponseArgs,
    MiddlewareArgs,
    RequestResponseArgs,
    StreamingResponseArgs,
    ThreeTierArgs,
)
from genai_tiers.settings import read_settings
from genai_tiers.validation import InvalidArgumentsError

TAKES_THEM = (
    AsyncRequestResponseArgs,
    BackendArgs,
    BufferedRequestResponseArgs,
    RequestResponseArgs,
    StreamingResponseArgs,
    ThreeTierArgs,
)
REFS = {"frontend": {"issuer": "https://i", "audience": "a"}, "key": "k"}


@pytest.mark.parametrize("kind", TAKES_THEM)
def test_answers_are_kept_for_30_days_unless_switched_off(kind: type) -> None:
    default = read_settings("component", {}, kind).conversations
    assert (default.enabled, default.kept_days, default.kept_seconds) == (True, 30, 2_592_000)
    off = read_settings("component", {"conversations": {"enabled": False, "kept_days": 1.0}}, kind).conversations
    assert (off.enabled, off.kept_days) == (False, 1)


def test_a_middleware_takes_them_with_their_table() -> None:
    args = {**REFS, "conversations": {"kept_days": 7}, "conversations_table": "t", "conversations_bucket": "b"}
    assert read_settings("component", args, MiddlewareArgs).conversations.kept_days == 7


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"kept_days": 0}, "conversations.kept_days is 0: must be from 1 to 365 days"),
        ({"kept_days": 366}, "conversations.kept_days is 366: must be from 1 to 365 days"),
        ({"enabled": "no"}, "conversations.enabled is 'no': expected true or false"),
        ({"keep_days": 3}, "conversations.keep_days is not a field: did you mean kept_days?"),
    ],
)
def test_mistakes_are_named(given: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        read_settings("component", {"conversations": given}, ThreeTierArgs)
    assert list(caught.value.problems) == [problem]


@pytest.mark.parametrize("name", ["conversations_table", "conversations_bucket"])
def test_a_table_and_a_bucket_go_together(name: str) -> None:
    [missing] = {"conversations_table", "conversations_bucket"} - {name}
    with pytest.raises(InvalidArgumentsError) as caught:
        read_settings("component", {**REFS, name: "x"}, MiddlewareArgs)
    assert list(caught.value.problems) == [
        f"{missing} is missing: answers are kept in both; take them from the backend"
    ]


def test_batches_keep_none() -> None:
    with pytest.raises(InvalidArgumentsError, match="conversations is not a field"):
        read_settings("component", {"conversations": {}}, BatchProcessingArgs)
