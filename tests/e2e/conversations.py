"""Clients of what is kept: chains of answers over every surface, and what the table holds of them."""

import zlib
from typing import Any

from background import polled, unique
from deployment import ACME, Deployment
from sockets import socket

SURFACES = ("synchronous", "background", "response.create", "response.stream", "response.queue")
"""How a response can be asked for: over HTTP, or by an action of the WebSocket."""


def respond(stack: Deployment, surface: str, question: str, *, tenant: str = ACME, user: str = "", **body: Any) -> Any:
    """The response to a question that is asked over a surface, once it is there."""
    if surface in ("synchronous", "background"):
        with stack.http(tenant, user) as client:
            asked = {"input": question, "background": surface == "background", **body}
            answer = client.post("/v1/responses", json=asked)
            assert answer.status_code == 200, answer.text
            made = answer.json()
            return polled(client, made["id"]) if surface == "background" else made
    with socket(stack, tenant, user) as client:
        client.ask(surface, question, **body)
        return client.until_final()[-1]["response"]


def conversation(stack: Deployment, *, tenant: str = ACME, user: str = "", **body: Any) -> str:
    """The id of a new conversation."""
    with stack.http(tenant, user) as client:
        answer = client.post("/v1/conversations", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def items(stack: Deployment, conversation_id: str, **who: str) -> list[tuple[str, str]]:
    """Role and text of a conversation's items, the oldest first."""
    with stack.http(**who) as client:
        answer = client.get(f"/v1/conversations/{conversation_id}/items", params={"order": "asc", "limit": 100})
    assert answer.status_code == 200, answer.text
    return [(item["role"], item["content"][0]["text"]) for item in answer.json()["data"]]


def kept(stack: Deployment) -> int:
    """How many items the table of conversations has."""
    return stack.aws("dynamodb").scan(TableName=table(stack), Select="COUNT")["Count"]


def kept_texts(stack: Deployment, *roles: str) -> str:
    """Every text that tables of the backend hold, by default those of conversations and of jobs."""
    scan = stack.aws("dynamodb").get_paginator("scan")
    found = [
        value["B"]
        for role in roles or ("conversations", "jobs")
        for item in scan.paginate(TableName=table(stack, role)).search("Items[]")
        for value in item.values()
        if "B" in value
    ]
    return "\n".join(sorted(zlib.decompress(packed).decode() for packed in found))


def objects(stack: Deployment) -> set[str]:
    """The names of the texts that are too large for the table."""
    s3 = stack.aws("s3")
    [bucket] = [each["Name"] for each in s3.list_buckets()["Buckets"] if "-conversation-texts-" in each["Name"]]
    return {each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}


def table(stack: Deployment, role: str = "conversations") -> str:
    """The name of the backend's table of conversations, or another one of it."""
    [name] = [name for name in stack.aws("dynamodb").list_tables()["TableNames"] if f"-backend-{role}-" in name]
    return name


def distinct(word: str) -> str:
    """A question of one kind that no cache has seen."""
    return unique(f"What is said of {word}?")
