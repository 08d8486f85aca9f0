"""Roles of a deployed stack, and what happens when one may do less."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from deployment import Deployment


def function_role(stack: Deployment, name: str) -> str:
    """The name of a function's role."""
    return stack.aws("lambda").get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]


def role_policy(stack: Deployment, role: str) -> tuple[str, dict[str, Any]]:
    """Name and document of a role's policy."""
    iam = stack.aws("iam")
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return name, iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


@contextmanager
def without(stack: Deployment, function: str, action: str) -> Generator[None]:
    """The function's role without one action."""
    role = function_role(stack, function)
    name, document = role_policy(stack, role)
    reduced = json.loads(json.dumps(document))
    for statement in reduced["Statement"]:
        statement["Action"] = [allowed for allowed in statement["Action"] if allowed != action]
    reduced["Statement"] = [statement for statement in reduced["Statement"] if statement["Action"]]
    assert reduced != document
    iam = stack.aws("iam")
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(reduced))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
