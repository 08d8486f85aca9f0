"""One turn of tool calls: arguments are checked, functions called next to each other, results cut and judged.

Whatever goes wrong with a call is told to the model as the call's result, and never tried again in silence: the model
can mend its arguments, do without, or say that it does not know. Only a missing permission fails the request.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from genai_runtime.core.config import AgentRef
from genai_runtime.core.json_schema import text_problem
from genai_runtime.core.ports import DeclaredTool, Invocation, ToolReturn, Tools
from genai_runtime.core.run import Run
from genai_runtime.core.tools import ToolCall, ToolResult, ToolUse

MOST_CALLS: Final = 8
"""Of one turn. Each runs in a thread of its own and takes one of its function's concurrent executions."""

_FAILURES: Final = {
    "timeout": "The tool did not answer in time.",
    "busy": "The tool is busy.",
    "unavailable": "The tool cannot be reached.",
    "crashed": "The tool failed.",
}


@dataclass(frozen=True)
class Turn:
    """What came of the calls of one turn, in their order."""

    results: tuple[ToolResult, ...]
    uses: tuple[ToolUse, ...]


def call_tools(run: Run, tools: Tools, agent: AgentRef, calls: Sequence[ToolCall], timeout_seconds: float) -> Turn:
    """Return the results of the calls, which together take at most `timeout_seconds`, and what the client is told.

    Raises:
        StepError: a permission is missing, or the guardrail failed.
    """
    declared = {each.tool.name: each for each in tools.declared}
    refused = {index: _refused(call, index, declared) for index, call in enumerate(calls)}
    wanted = [index for index, reason in refused.items() if reason is None]
    invocations = [
        Invocation(
            tool=calls[index].name,
            tenant=run.caller.tenant,
            user=run.caller.user,
            request_id=run.trace.request_id,
            trace_id=run.trace.trace_id,
            arguments=json.loads(calls[index].arguments),
        )
        for index in wanted
    ]
    with run.steps.step("tools"):
        returned = dict(zip(wanted, tools.invoke(invocations, timeout_seconds), strict=True)) if wanted else {}
    made = [
        _failed(call, *reason) if (reason := refused[index]) else _result(call, returned[index], agent)
        for index, call in enumerate(calls)
    ]
    return _judged(run, made)


def _refused(call: ToolCall, index: int, declared: dict[str, DeclaredTool]) -> tuple[str, str] | None:
    """Return why a call is not made, and what the model is told."""
    if call.name not in declared:
        return "unknown_tool", f"There is no tool {call.name!r}. Use one of: {', '.join(declared)}."
    if index >= MOST_CALLS:
        return "too_many_calls", f"Not called: at most {MOST_CALLS} tools are called at once. Ask for it again."
    if problem := text_problem(declared[call.name].tool.parameters, call.arguments):
        return "invalid_arguments", f"Not called: the arguments do not fit the tool's schema: {problem}."
    return None


def _failed(call: ToolCall, reason: str, text: str, duration_ms: int = 0) -> tuple[ToolResult, ToolUse]:
    return ToolResult(call.id, text, failed=True), ToolUse(call.name, "failed", reason, duration_ms)


def _result(call: ToolCall, returned: ToolReturn, agent: AgentRef) -> tuple[ToolResult, ToolUse]:
    if returned.failure:
        text = _FAILURES.get(returned.failure) or _cut(returned.text, agent.max_result_characters)
        return _failed(call, returned.failure, text, returned.duration_ms)
    text = _cut(returned.text, agent.max_result_characters) or "(empty)"
    return ToolResult(call.id, text), ToolUse(call.name, "succeeded", "", returned.duration_ms)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text.strip()
    return f"{text[:most]}\n(cut: the first {most} of {len(text)} characters)"


def _judged(run: Run, made: Sequence[tuple[ToolResult, ToolUse]]) -> Turn:
    """A result can hold instructions of whoever wrote what the tool read: it is judged as a client's words are."""
    guardrail = run.ports.guardrail
    if guardrail is None:
        return Turn(tuple(result for result, _ in made), tuple(use for _, use in made))
    texts = [result.text for result, _ in made]
    with run.steps.step("guardrail_tools"):
        verdict = guardrail.check_input(texts)
        if verdict.action != "blocked":
            kept: list[str | None] = list(verdict.texts)
        elif len(texts) == 1:
            kept = [None]
        else:
            # One verdict is for all: ask result by result, to keep what is harmless.
            verdicts = [guardrail.check_input([text]) for text in texts]
            kept = [None if each.action == "blocked" else each.texts[0] for each in verdicts]
    return Turn(
        tuple(_withheld(result, text) for (result, _), text in zip(made, kept, strict=True)),
        tuple(
            replace(use, status="withheld", reason="guardrail") if text is None else use
            for (_, use), text in zip(made, kept, strict=True)
        ),
    )


def _withheld(result: ToolResult, text: str | None) -> ToolResult:
    if text is None:
        return replace(result, text="Withheld: the guardrail does not let this result through.", failed=True)
    return replace(result, text=text)
