import pytest

from genai_tiers.args import (
    BackendArgs,
    KnowledgeBaseArgs,
    MiddlewareArgs,
    Pattern,
    RequestResponseArgs,
    ThreeTierArgs,
)
from genai_tiers.aws.models import check_models
from genai_tiers.settings import part_of, read_settings
from genai_tiers.validation import InvalidArgumentsError

TENANT = "tnt_01m85e0bftf0qswwny36f48vfq"


def mistakes(args: object, kind: type = ThreeTierArgs) -> list[str]:
    with pytest.raises(InvalidArgumentsError) as caught:
        read_settings("AwsThreeTierStack 'genai'", args, kind)
    return list(caught.value.problems)


def test_nothing_given_takes_every_default() -> None:
    settings = read_settings("stack", {}, ThreeTierArgs)
    assert settings.patterns == tuple(Pattern)
    assert settings.retain_data
    assert settings.sign_in.mfa.value == "required"
    assert settings.limits.function_timeout_seconds == 27
    assert settings.limits.gateway_timeout_seconds == 29


def test_timeouts_grow_outwards_at_the_longest_answer() -> None:
    limits = read_settings("stack", {"limits": {"answer_timeout_seconds": 26}}, ThreeTierArgs).limits
    assert limits.answer_timeout_seconds < limits.function_timeout_seconds < limits.gateway_timeout_seconds <= 30
    assert mistakes({"limits": {"answer_timeout_seconds": 27}}) == [
        "limits.answer_timeout_seconds is 27: must be from 1 to 26 seconds"
    ]


def test_every_mistake_is_reported_at_once_with_field_value_and_mend() -> None:
    found = mistakes(
        {
            "patterns": ["request-respons", "async-request-response"],
            "models": [{"name": "nova-lite"}, {"name": "nova-lite"}, {"model_id": "a.model"}],
            "tenants": [{"id": "acme"}],
            "limits": {"max_output_tokens": 0, "max_mesages": 3},
            "guardrail": {"denied_topics": [{"name": "Law"}], "blocked_words": ["", 7]},
            "cache": {"ttl_seconds": "60"},
            "jobs": {"kept_seconds": 299, "keep_seconds": 300},
            "prompt": {"versions": [{"version": "1", "text": "no sections"}], "live_version": "2"},
            "knowledge": {"embedding_dimensions": 300},
            "sign_in": {"mfa": "never"},
            "retain_data": "yes",
            "log_retention_days": 31,
            "region": "us-east-1",
        }
    )
    text = "\n".join(found)
    for expected in (
        "patterns[0] is 'request-respons': expected one of request-response, async-request-response",
        "models has the name 'nova-lite' more than once",
        "models[2].name is missing",
        "tenants[0].id is 'acme': expected a tenant id such as tnt_",
        "limits.max_output_tokens is 0: must be from 1 to 64000 tokens",
        "limits.max_mesages is not a field: did you mean max_messages?",
        "guardrail.denied_topics[0].definition is missing",
        "guardrail.blocked_words[0] is ''",
        "guardrail.blocked_words[1] is 7",
        "cache.ttl_seconds is '60': expected a whole number of seconds",
        "jobs.kept_seconds is 299: must be from 300 to 604800 seconds",
        "jobs.keep_seconds is not a field: did you mean kept_seconds?",
        "prompt.versions[0].text: text before the first section",
        "prompt.live_version is '2': expected one of the versions: 1",
        "knowledge.embedding_dimensions is 300: expected 256, 512 or 1024",
        "sign_in.mfa is 'never': expected one of required, optional, off",
        "retain_data is 'yes': expected true or false",
        "log_retention_days is 31: not on offer; the next longer retention is 60 days",
        "region is not a field",
    ):
        assert expected in text
    assert len(found) == 19


@pytest.mark.parametrize(
    "args", ["text", 3, [1], {"limits": 3}, {"tenants": {"id": TENANT}}, {"tenants": [TENANT]}, {"models": 7}]
)
def test_a_wrong_shape_is_a_mistake_and_not_a_crash(args: object) -> None:
    assert mistakes(args)


def test_numbers_of_a_remote_construction_arrive_as_floats() -> None:
    assert read_settings("stack", {"log_retention_days": 30.0}, ThreeTierArgs).log_retention_days == 30
    assert mistakes({"log_retention_days": 30.5})


def test_a_field_of_another_component_is_not_silently_ignored() -> None:
    assert mistakes({"limits": {}}, BackendArgs) == [
        "limits is not a field: known are alarm_topic, alarms, cache, chain, conversations, invocation_log, knowledge,"
        " log_retention_days, network, patterns, retain_data, tenants, tools"
    ]


def test_outputs_of_other_components_are_required_where_they_are() -> None:
    assert mistakes({}, MiddlewareArgs) == [
        "frontend is missing: it takes an output of another component",
        "key is missing: it takes an output of another component",
    ]


def test_tiers_that_are_given_have_what_every_pattern_needs() -> None:
    assert mistakes({"backend": {"key": "k"}, "middleware": 3}, RequestResponseArgs)[:3] == [
        "middleware is 3: expected an object with named fields",
        "middleware.api is missing: give the refs of a middleware, or a resource of your own",
        "middleware.api_url is missing: give the refs of a middleware, or a resource of your own",
    ]
    assert mistakes({"backend": {"key": "k"}}, RequestResponseArgs) == [
        "backend.usage_table is missing: give the refs of a backend, or a resource of your own"
    ]


def test_a_stack_hands_each_tier_its_part() -> None:
    args = ThreeTierArgs(retain_data=False, knowledge={"results": 3}, prompt={"live_version": "1"})
    assert part_of(args, BackendArgs) == {"retain_data": False, "knowledge": {"results": 3}}
    assert part_of(args, KnowledgeBaseArgs) == {"retain_data": False, "knowledge": {"results": 3}}


def test_a_rollback_is_choosing_an_earlier_version() -> None:
    text = "[system]\ns\n[passage]\n{{passage}}\n[question]\n{{question}}"
    versions = [{"version": "1", "text": text}, {"version": "2", "text": text + "\n"}]
    assert read_settings("s", {"prompt": {"versions": versions}}, ThreeTierArgs).prompt.live_version == "2"
    rolled_back = {"prompt": {"versions": versions, "live_version": "1"}}
    assert read_settings("s", rolled_back, ThreeTierArgs).prompt.live_version == "1"


def test_a_model_must_be_known_and_read_the_longest_request() -> None:
    unknown = read_settings("s", {"models": [{"name": "gpt-9"}]}, ThreeTierArgs)
    with pytest.raises(InvalidArgumentsError, match=r"not in the catalogue .*give it a model_id"):
        check_models("s", unknown)
    small = {"models": [{"name": "m", "model_id": "a.b", "context_tokens": 4_000}]}
    with pytest.raises(InvalidArgumentsError, match="reads 4000 tokens"):
        check_models("s", read_settings("s", small, ThreeTierArgs))
