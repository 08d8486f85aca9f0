"""Schemas: AppSync's own scalars and directives, and the checks of a definition."""

import functools

from graphql import GraphQLSchema, build_schema, parse, validate_schema
from graphql.error import GraphQLError
from graphql.language import DirectiveDefinitionNode, ScalarTypeDefinitionNode

_SCALARS = (
    "AWSDate",
    "AWSDateTime",
    "AWSEmail",
    "AWSIPAddress",
    "AWSJSON",
    "AWSPhone",
    "AWSTime",
    "AWSTimestamp",
    "AWSURL",
)
_DIRECTIVES = """
directive @aws_oidc on FIELD_DEFINITION | OBJECT
directive @aws_cognito_user_pools on FIELD_DEFINITION | OBJECT
"""
# The directives that change nothing where an API has one provider. A schema with others (groups, keys, subscriptions)
# is refused, for the sandbox would not do what they say.


class InvalidSchemaError(ValueError):
    """A definition that makes no schema; the text says why."""


@functools.lru_cache(maxsize=64)
def read_schema(definition: str) -> GraphQLSchema:
    """Return the schema of a definition. Raises InvalidSchemaError."""
    try:
        declared = parse(definition).definitions
        if any(isinstance(node, DirectiveDefinitionNode | ScalarTypeDefinitionNode) for node in declared):
            raise InvalidSchemaError("AppSync takes no scalars and no directives but its own")
        scalars = "\n".join(f"scalar {name}" for name in _SCALARS)
        schema = build_schema(f"{definition}\n{scalars}\n{_DIRECTIVES}")
    except (GraphQLError, TypeError) as error:
        raise InvalidSchemaError(str(error)) from error
    if mistakes := validate_schema(schema):
        raise InvalidSchemaError("; ".join(mistake.message for mistake in mistakes))
    return schema
