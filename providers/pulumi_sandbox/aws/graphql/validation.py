"""Whether a document fits the schema and the API's limits: depth, number of resolvers, introspection.

Source: AppSync developer guide, "Configuring GraphQL run complexity, query depth, and introspection".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLSchema, get_named_type, validate
from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.validation import specified_rules

from pulumi_sandbox.aws.graphql import errors
from pulumi_sandbox.aws.graphql.store import Api

_NAMES = {
    "FieldsOnCorrectTypeRule": "FieldUndefined",
    "KnownArgumentNamesRule": "UnknownArgument",
    "KnownDirectivesRule": "UnknownDirective",
    "KnownFragmentNamesRule": "UndefinedFragment",
    "KnownTypeNamesRule": "UnknownType",
    "NoUndefinedVariablesRule": "UndefinedVariable",
    "NoUnusedVariablesRule": "UnusedVariable",
    "ProvidedRequiredArgumentsRule": "MissingFieldArgument",
    "ScalarLeafsRule": "SubselectionRequired",
    "ValuesOfCorrectTypeRule": "WrongType",
    "VariablesInAllowedPositionRule": "VariableTypeMismatch",
}
"""Rule -> what the Java implementation, which AppSync is built on, calls its violation."""


def mistakes(schema: GraphQLSchema, document: DocumentNode) -> list[dict[str, Any]]:
    """Return an error for everything in a document that does not fit the schema."""
    found: list[dict[str, Any]] = []
    for rule in specified_rules:
        name = _NAMES.get(rule.__name__, rule.__name__.removesuffix("Rule"))
        found += [
            errors.invalid(f"Validation error of type {name}: {each.message}", each.locations)
            for each in validate(schema, document, [rule])
        ]
    return found


def over_limits(
    api: Api, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> list[dict[str, Any]]:
    """Return an error for each limit of the API that an operation, which fits the schema, is over."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    fields = list(_fields(operation.selection_set, fragments, 1, schema.get_root_type(operation.operation), schema))
    settings, found = api.settings, list[dict[str, Any]]()
    if settings.get("introspectionConfig") == "DISABLED" and any(
        node.name.value in ("__schema", "__type") for _, _, node in fields
    ):
        found.append(errors.invalid("Validation error of type IntrospectionDisabled: introspection is disabled", None))
    depth, most = max(depth for depth, _, _ in fields), settings.get("queryDepthLimit") or 0
    if most and depth > most:
        message = f"Validation error of type MaximumDepthExceeded: the query is {depth} deep, the limit is {most}"
        found.append(errors.invalid(message, None))
    resolved = sum((kind, node.name.value) in api.resolvers for _, kind, node in fields)
    most = settings.get("resolverCountLimit") or 0
    if most and resolved > most:
        message = f"Validation error of type MaximumResolversExceeded: {resolved} resolvers, the limit is {most}"
        found.append(errors.invalid(message, None))
    return found


def _fields(
    selections: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    depth: int,
    kind: Any,
    schema: GraphQLSchema,
) -> Iterator[tuple[int, str, FieldNode]]:
    """Yield every field with its depth and the name of the type that it is of."""
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            yield depth, kind.name, node
            declared = getattr(kind, "fields", {}).get(node.name.value)
            inner = get_named_type(declared.type) if declared else kind
            yield from _fields(node.selection_set, fragments, depth + 1, inner, schema)
        elif isinstance(node, InlineFragmentNode):
            inner = schema.get_type(node.type_condition.name.value) if node.type_condition else kind
            yield from _fields(node.selection_set, fragments, depth, inner, schema)
        elif isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
            inner = schema.get_type(fragment.type_condition.name.value)
            yield from _fields(fragment.selection_set, fragments, depth, inner, schema)
