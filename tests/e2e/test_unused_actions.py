"""Least privilege, seen from the other side: what no test needed, no role may hold. Runs after all other tests."""

import re
from typing import Any

import pytest
from deployment import Deployment

pytestmark = pytest.mark.xdist_group("e2e")

LARGE = {
    "kms:GenerateDataKey": "encrypts a text that is too large for an item: more than the sandbox's model writes",
    "s3:GetObject": "reads it back",
    "s3:PutObject": "keeps it",
}

UNUSED = {
    "*": {
        "xray:PutTelemetryRecords": "the X-Ray daemon of Lambda sends its own health with it",
    },
    "request-response-function": {
        "dynamodb:DeleteItem": "gives an idempotency key up when the answer failed",
        "s3:GetObject": "reads what is too large for an item or for a chain's state: more than this stack takes",
        "s3:PutObject": "keeps it",
    },
    "request-response-chain-role": dict.fromkeys(
        ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTraceSegments"),
        "traces executions; the sandbox does not trace state machines",
    ),
    "batch-processing-api": {"s3:GetObject": "reads a batch's mistakes when they are too many for an item"},
    "knowledge-role": {
        "s3vectors:ListVectors": "Bedrock lists the vectors of what is gone; the sandbox knows them by their document",
    },
    "async-request-response": LARGE,
    "streaming-response": LARGE,
    "buffered-request-response": LARGE,
    "parallel-fan-out": LARGE
    | {"sqs:ChangeMessageVisibility": "has a part that failed back soon; the suite lets those of one modality fail"},
    "buffered-request-response-background": {
        "dynamodb:PutItem": "tells the end of a response whose worker died at its last delivery",
        "dynamodb:Query": "numbers it after what was told before",
    },
    "connections-role": {"s3:GetObject": "reads an event that is too large for an item"},
}
"""Part of a role's name -> action -> why it is held although the suite does not use it."""


def roles(stack: Deployment) -> dict[str, set[str]]:
    """Name of every role of the account -> the actions that its policies allow."""
    iam = stack.aws("iam")
    granted: dict[str, set[str]] = {}
    for role in iam.get_paginator("list_roles").paginate().search("Roles[].RoleName"):
        granted[role] = set()
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document: Any = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                granted[role] |= set(statement["Action"])
    return granted


def excused(role: str) -> set[str]:
    return {action for part, actions in UNUSED.items() if part == "*" or part in role for action in actions}


def test_no_role_holds_an_action_that_nothing_used(stack: Deployment) -> None:
    used: dict[str, set[str]] = {}
    for call in stack.sandbox("iam/calls"):
        if call["allowed"]:
            used.setdefault(call["role"].rpartition("/")[2], set()).add(call["action"])
    unused = {
        re.sub(r"-[0-9a-f]{7}$", "", role): sorted(left)
        for role, actions in roles(stack).items()
        if (left := actions - used.get(role, set()) - excused(role))
    }
    assert unused == {}
