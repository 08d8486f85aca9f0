"""A tool that does whatever can go wrong with a tool, and what the tests know of the calls of tools."""

from pathlib import Path
from typing import Any

from deployment import ACME, Deployment

CODE = Path(__file__).parent / "tool_code"
NAME = "lighthouse_keeper"
ORDER = 'What is the delivery status of order "A-1001"?'
SHIPPED = "The delivery status of order A-1001 is: shipped"


DECLARED = {
    "name": NAME,
    "description": "Asks the lighthouse keeper to do a task.",
    "parameters_file": f"{CODE.name}/parameters.json",
    "code": CODE.name,
    "handler": "keeper.do_task",
    "timeout_seconds": 1,
}


def function_of(deployment: Deployment, tool: str) -> str:
    """The name of a tool's function."""
    names = [each["FunctionName"] for each in deployment.aws("lambda").list_functions()["Functions"]]
    [name] = [name for name in names if f"tools-{tool}" in name]
    return name


def asked(deployment: Deployment, task: str, tenant: str = ACME) -> Any:
    """The answer to a question that has the keeper do a task."""
    return deployment.ask(f"Ask the lighthouse keeper for the {task}.", tenant)


def uses(answer: Any) -> list[tuple[str, str, str]]:
    """Name, status and reason of every call that an answer took."""
    return [(use["name"], use["status"], use["reason"]) for step in answer["steps"] or () for use in step["tool_calls"]]


def text_of(answer: Any) -> str:
    """The text of a chat completion."""
    return answer["choices"][0]["message"]["content"]
