"""What an API answers: values, resolvers' errors, and what functions get."""

import json
from typing import Any

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import StateDirectory
from tests.sandbox.graphql.conftest import Make
from tests.sandbox.graphql.graphql_cloud import RUNTIME, GraphQLApi, trust

NOTE = "query Note($id: ID!) { note(id: $id) { id text author { name } context } }"
HANDLERS = """
import { util } from '@aws-appsync/utils';
export function request(ctx) {
  return { operation: 'Invoke', payload: { text: ctx.arguments.input.text, who: ctx.identity.sub } };
}
export function response(ctx) {
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  if (ctx.result.refused) util.error('No.', 'refused', { id: 'n1' }, { code: ctx.result.refused });
  return ctx.result;
}
"""
WRITER = """
def handler(event, context):
    if event["text"] == "refuse":
        return {"refused": "by-rule"}
    if event["text"] == "fail":
        raise ValueError("it failed")
    return {"id": event["who"], "text": event["text"]}
"""
WRITE = "mutation Write($input: NoteInput!) { write(input: $input) { id text } }"


def writer(make_api: Make) -> GraphQLApi:
    api = make_api()
    api.resolver("Mutation.write", WRITER, code=HANDLERS, runtime=RUNTIME)
    return api


def test_a_direct_resolver_gets_the_whole_context(notes: GraphQLApi) -> None:
    answer = notes.ask(NOTE, {"id": "7"}, traceparent="00-abc")
    assert "errors" not in answer
    note = answer["data"]["note"]
    assert (note["text"], note["author"]) == ("hello", {"name": "Ann"})
    context: dict[str, Any] = json.loads(note["context"])
    assert context["arguments"] == {"id": "7"}
    assert context["identity"]["sub"] == "u1"
    assert context["identity"]["issuer"] == notes.provider.issuer
    assert context["identity"]["claims"]["aud"] == "app"
    assert context["request"]["headers"]["traceparent"] == "00-abc"
    assert context["info"]["fieldName"] == "note"
    assert context["info"]["parentTypeName"] == "Query"
    assert context["info"]["selectionSetList"] == ["id", "text", "author", "context"]
    assert (context["source"], context["prev"], context["stash"]) == (None, None, {})


def test_a_field_without_a_resolver_is_null(notes: GraphQLApi) -> None:
    answer = notes.ask("{ note(id: 1) { author { notes { id } } } }")
    assert answer["data"] == {"note": {"author": {"notes": []}}}
    assert notes.ask("{ notes { id } }")["data"] is None  # it must not be null, so the whole answer is


def test_handlers_make_the_request_and_the_value(make_api: Make) -> None:
    answer = writer(make_api).ask(WRITE, {"input": {"text": "a note"}})
    assert answer == {"data": {"write": {"id": "u1", "text": "a note"}}}


def test_handlers_raise_errors_with_a_type_and_info(make_api: Make) -> None:
    api = writer(make_api)
    assert api.ask(WRITE, {"input": {"text": "refuse"}}) == {
        "data": None,
        "errors": [
            {
                "path": ["write"],
                "data": {"id": "n1"},
                "errorType": "refused",
                "errorInfo": {"code": "by-rule"},
                "locations": [{"line": 1, "column": 38, "sourceName": None}],
                "message": "No.",
            }
        ],
    }
    (failed,) = api.ask(WRITE, {"input": {"text": "fail"}})["errors"]
    assert (failed["errorType"], failed["message"]) == ("Lambda:Unhandled", "it failed")


def test_a_direct_resolver_says_only_that_the_function_failed(make_api: Make) -> None:
    api = make_api()
    api.resolver("Query.note", "def handler(event, context): raise KeyError('k')")
    answer = api.ask(NOTE, {"id": "1"})
    assert answer["data"] == {"note": None}
    (error,) = answer["errors"]
    assert (error["errorType"], error["path"], error["data"], error["errorInfo"]) == (
        "Lambda:Unhandled",
        ["note"],
        None,
        None,
    )


def test_the_data_sources_role_must_allow_the_call(make_api: Make) -> None:
    api = make_api()
    stranger = api.cloud.role([{"Action": "lambda:InvokeFunction", "Resource": "*"}], trust("lambda.amazonaws.com"))
    api.resolver("Query.note", role=stranger)
    (error,) = api.ask(NOTE, {"id": "1"})["errors"]
    assert error["errorType"] == "Lambda:AccessDeniedException"
    api.resolver("Mutation.write", role=api.cloud.role([], trust("appsync.amazonaws.com")))
    (error,) = api.ask(WRITE, {"input": {"text": "x"}})["errors"]
    assert error["errorType"] == "Lambda:AccessDeniedException"
    assert "lambda:InvokeFunction" in error["message"]


def test_a_value_that_does_not_fit_the_schema_is_an_error(make_api: Make) -> None:
    api = make_api()
    api.resolver("Query.note", "def handler(event, context): return {'id': 'n1'}")
    answer = api.ask("{ note(id: 1) { id text } }")
    assert answer["data"] == {"note": None}
    assert answer["errors"][0]["path"] == ["note", "text"]


def test_an_api_goes_on_after_a_restart(notes: GraphQLApi, state: StateDirectory) -> None:
    lifecycle.stop(state)
    lifecycle.start(state, None)
    assert notes.ask(NOTE, {"id": "8"})["data"]["note"]["text"] == "hello"
