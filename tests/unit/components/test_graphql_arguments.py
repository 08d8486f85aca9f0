"""What is asked of a GraphQL API before anything is created."""

from pathlib import Path

import pytest
from graphql import GraphQLObjectType, build_schema, get_named_type

from genai_tiers.args import MiddlewareArgs, Pattern, RequestResponseArgs, ThreeTierArgs
from genai_tiers.aws.graphql_api import QUERY_DEPTH_LIMIT, RESOLVER_COUNT_LIMIT, SCHEMA
from genai_tiers.aws.patterns.graphql_fields import CODE, FIELDS
from genai_tiers.limits import GATEWAY_TIMEOUT_SECONDS
from genai_tiers.refs import MiddlewareRefs
from genai_tiers.settings import read_settings
from genai_tiers.validation import InvalidArgumentsError

MIDDLEWARE = dict.fromkeys(sorted(MiddlewareRefs.__required_keys__), "x")


def mistakes(args: object, kind: type = ThreeTierArgs) -> list[str]:
    with pytest.raises(InvalidArgumentsError) as caught:
        read_settings("Test", args, kind)
    return list(caught.value.problems)


def test_there_is_none_unless_it_is_asked_for() -> None:
    assert not read_settings("Test", {}, ThreeTierArgs).graphql
    assert read_settings("Test", {"graphql": True}, ThreeTierArgs).graphql


def test_a_stack_needs_the_pattern_that_answers_it() -> None:
    assert mistakes({"graphql": True, "patterns": [Pattern.STREAMING_RESPONSE]}) == [
        "graphql is True: it is answered by the pattern request-response; add that to patterns"
    ]


def test_a_pattern_needs_a_middleware_that_has_it() -> None:
    mend = "graphql is on; create the middleware with graphql: true"
    assert mistakes({"graphql": True, "middleware": MIDDLEWARE}, RequestResponseArgs) == [
        f"middleware.graphql_api is missing: {mend}",
        f"middleware.graphql_url is missing: {mend}",
    ]
    whole = {**MIDDLEWARE, "graphql_api": "x", "graphql_url": "x"}
    assert read_settings("Test", {"graphql": True, "middleware": whole}, RequestResponseArgs).graphql
    assert read_settings("Test", {"graphql": True}, RequestResponseArgs).graphql


def test_the_middleware_takes_the_firewall_of_the_page() -> None:
    args = {"frontend": {"issuer": "https://a.example", "audience": "b"}, "key": "k", "graphql": True}
    assert not read_settings("Test", args, MiddlewareArgs).web_app.firewall
    assert read_settings("Test", {**args, "web_app": {"firewall": True}}, MiddlewareArgs).web_app.firewall


def depth(kind: GraphQLObjectType) -> int:
    below = [get_named_type(field.type) for field in kind.fields.values()]
    return 1 + max((depth(each) for each in below if isinstance(each, GraphQLObjectType)), default=0)


def test_the_limits_fit_the_schema_and_appsyncs_time() -> None:
    schema = build_schema(SCHEMA.read_text())
    assert schema.query_type
    assert schema.mutation_type
    assert depth(schema.mutation_type) == QUERY_DEPTH_LIMIT - 1
    for field, kind in FIELDS.items():
        assert field in {"Query": schema.query_type, "Mutation": schema.mutation_type}[kind].fields
    assert sum(len(kind.fields) for kind in (schema.query_type, schema.mutation_type)) == len(FIELDS)
    longest = read_settings("Test", {"limits": {"answer_timeout_seconds": 26}}, ThreeTierArgs).limits
    assert RESOLVER_COUNT_LIMIT * longest.function_timeout_seconds < GATEWAY_TIMEOUT_SECONDS


def test_what_is_deployed_is_in_the_package() -> None:
    package = Path(__file__).parents[3] / "components" / "genai_tiers"
    assert SCHEMA.is_relative_to(package)
    assert CODE.is_relative_to(package)
