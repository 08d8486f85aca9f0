"""Executes an operation: fields with resolvers are resolved, the others taken out of what their parents are."""

import time
from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLResolveInfo, default_field_resolver, execute_sync, parse
from graphql.error import GraphQLError
from graphql.language import FieldNode, OperationDefinitionNode, OperationType, print_ast

from pulumi_sandbox.aws.gateway.request import GatewayRequest
from pulumi_sandbox.aws.graphql import errors, validation
from pulumi_sandbox.aws.graphql.requests import GraphQLRequest, MalformedRequestError
from pulumi_sandbox.aws.graphql.resolvers import Run, resolve
from pulumi_sandbox.aws.graphql.schemas import read_schema
from pulumi_sandbox.aws.graphql.store import Api

MAX_SECONDS = 30.0
"""Of a query or mutation (AppSync quotas); it cannot be raised."""


def execute(api: Api, asked: GraphQLRequest, request: GatewayRequest, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of the answer. Blocks. Raises MalformedRequestError."""
    deadline = time.monotonic() + MAX_SECONDS
    schema = read_schema(api.definition or "")
    try:
        document = parse(asked.query, max_tokens=15_000)
    except GraphQLError as error:
        return _refused([errors.invalid(f"Invalid Syntax : {error.message}", error.locations)])
    operation = _operation(document, asked.operation)
    if operation.operation is OperationType.SUBSCRIPTION:
        return _refused([errors.invalid("The sandbox has no subscriptions.", None)])
    found = validation.mistakes(schema, document) or validation.over_limits(api, schema, document, operation)
    if found:
        return _refused(found)
    run = Run(api, deadline, request.trace_header if api.settings.get("xrayEnabled") else None)

    def field(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        resolver = api.resolvers.get((info.parent_type.name, info.field_name))
        if resolver is None:
            return default_field_resolver(source, info, **arguments)
        return resolve(run, resolver, _context(source, info, arguments, asked, request, identity))

    done = execute_sync(
        schema,
        document,
        variable_values=dict(asked.variables),
        operation_name=asked.operation,
        field_resolver=field,
    )
    return _answer(done)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    wanted = [each for each in operations if name is None or (each.name and each.name.value == name)]
    if len(wanted) != 1:
        raise MalformedRequestError("Missing operation name." if name is None else "Unknown operation name.")
    return wanted[0]


def _refused(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"data": None, "errors": found}


def _answer(done: ExecutionResult) -> dict[str, Any]:
    if not done.errors:
        return {"data": done.data}
    return {"data": done.data, "errors": [errors.of_field(each) for each in done.errors]}


def _context(
    source: Any,
    info: GraphQLResolveInfo,
    arguments: Mapping[str, Any],
    asked: GraphQLRequest,
    request: GatewayRequest,
    identity: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the context of a field ("Resolver context object reference")."""
    node = info.field_nodes[0]
    selected = node.selection_set.selections if node.selection_set else ()
    headers: dict[str, str] = {}
    for name, _ in request.headers:
        headers[name] = request.header(name) or ""
    return {
        "arguments": dict(arguments),
        "identity": dict(identity),
        "source": source,
        "request": {"headers": {**headers, "x-forwarded-for": request.source_ip}, "domainName": None},
        "prev": None,
        "info": {
            "fieldName": info.field_name,
            "parentTypeName": info.parent_type.name,
            "variables": dict(asked.variables),
            "selectionSetList": [each.name.value for each in selected if isinstance(each, FieldNode)],
            "selectionSetGraphQL": print_ast(node.selection_set) if node.selection_set else "",
        },
        "stash": {},
    }
