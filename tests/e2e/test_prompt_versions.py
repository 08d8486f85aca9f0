"""A new version of the prompt goes live by config and is rolled back by config; its text stays where it is."""

from collections.abc import Iterator
from typing import Any

import pytest
from background import create, polled, unique
from deployment import Deployment
from sockets import socket

from genai_tiers.prompts import DEFAULT_PROMPT

pytestmark = pytest.mark.xdist_group("e2e")
CHANGED = DEFAULT_PROMPT.replace("[system]\n", "[system]\nAnswer in one sentence.\n", 1)


def configure(stack: Deployment, key: str, value: str) -> None:
    stack.pulumi("config", "set", "--path", f"genai-tiers:prompt.{key}", value, "--type", "string")


@pytest.fixture
def second(stack: Deployment) -> Iterator[Deployment]:
    """The stack with a second version of the prompt, which is live."""
    assert CHANGED != DEFAULT_PROMPT
    for index, text in enumerate((DEFAULT_PROMPT, CHANGED)):
        configure(stack, f"versions[{index}].version", str(index + 1))
        configure(stack, f"versions[{index}].text", text)
    stack.up()
    yield stack
    stack.pulumi("config", "rm", "genai-tiers:prompt")
    stack.up()


def texts(stack: Deployment) -> dict[str, str]:
    """Version -> text, as functions read them."""
    dynamodb = stack.aws("dynamodb")
    [table] = [name for name in dynamodb.list_tables()["TableNames"] if "prompts" in name]
    items = dynamodb.scan(TableName=table)["Items"]
    # A chain's prompts are there too.
    return {item["version"]["S"]: item["text"]["S"] for item in items if item["name"]["S"] == "answer"}


def versions(stack: Deployment) -> set[str]:
    """The version of the prompt that each pattern's answers name."""
    question = unique("What must visitors wear?")
    answers: list[Any] = [stack.ask(question)]
    with socket(stack) as client:
        for pattern in stack.outputs["patterns"].values():
            if (pattern.get("action") or "").startswith("response."):
                client.ask(pattern["action"], unique(question))
                answers.append(client.until_final()[-1]["response"])
    with stack.http() as http:
        answers.append(polled(http, create(http, unique(question))["id"]))
    assert len(answers) == 5
    return {answer["prompt_version"] for answer in answers}


def test_a_version_goes_live_and_is_rolled_back(second: Deployment) -> None:
    assert texts(second) == {"1": DEFAULT_PROMPT, "2": CHANGED}
    assert versions(second) == {"answer@2"}
    configure(second, "live_version", "1")
    second.up()
    assert versions(second) == {"answer@1"}
    assert texts(second) == {"1": DEFAULT_PROMPT, "2": CHANGED}
