"""The deployment's tools: Lambda functions, called next to each other, each once."""

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.agent.definitions import FILE, read_definitions
from genai_runtime.core.config import AgentRef
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.ports import DeclaredTool, Invocation, ToolReturn
from genai_runtime.core.settings_reader import ConfigError

_ROOT: Final = Path(__file__).resolve().parents[2]
_MARGIN_SECONDS: Final = 1
"""How much longer a function is waited for than it may run, to hear from Lambda that its time was up."""
_FAILURES: Final = {Cause.THROTTLED: "busy", Cause.UNAVAILABLE: "unavailable", Cause.TOO_LONG: "unavailable"}


@dataclass(frozen=True)
class LambdaTools:
    """Tools, and the functions that they are."""

    declared: Sequence[DeclaredTool]
    functions: Mapping[str, str]

    def invoke(self, calls: Sequence[Invocation], timeout_seconds: float) -> Sequence[ToolReturn]:
        """Make the calls next to each other, each once, and return what came of them, in their order. Each may take its
        tool's time, and all of them `timeout_seconds`.

        Raises:
            StepError: a permission is missing.
        """
        pool = ThreadPoolExecutor(len(calls))
        begun = [pool.submit(self._call, call) for call in calls]
        # A thread that is not waited for ends with its own call's time-out.
        done, _ = wait(begun, timeout_seconds)
        pool.shutdown(wait=False)
        waited_ms = round(timeout_seconds * 1000)
        return [_outcome(each) if each in done else ToolReturn("", "timeout", waited_ms) for each in begun]

    def open_client(self) -> Any:
        """Return the client that calls functions, made before threads need it."""
        longest = max(each.timeout_seconds for each in self.declared)
        return client("lambda", longest + _MARGIN_SECONDS, 1)

    def _call(self, call: Invocation) -> ToolReturn:
        event = {
            "tool": call.tool,
            "tenant": call.tenant,
            "user": call.user,
            "request_id": call.request_id,
            "trace_id": call.trace_id,
            "arguments": call.arguments,
        }
        start = time.monotonic()
        with calling("lambda:InvokeFunction"):
            answer = self.open_client().invoke(
                FunctionName=self.functions[call.tool], Payload=json.dumps(event).encode()
            )
            returned = json.loads(answer["Payload"].read() or b"null")
        duration_ms = round((time.monotonic() - start) * 1000)
        if "FunctionError" in answer:
            # What a function dies of may quote secrets; its own log has it.
            said = str(returned.get("errorMessage", "")) if isinstance(returned, dict) else ""
            return ToolReturn("", "timeout" if "Task timed out" in said else "crashed", duration_ms)
        if isinstance(returned, dict) and set(returned) == {"error"}:
            return ToolReturn(str(returned["error"]), "error", duration_ms)
        text = returned if isinstance(returned, str) else json.dumps(returned, ensure_ascii=False)
        return ToolReturn("" if returned is None else text, "", duration_ms)


def lambda_tools(agent: AgentRef) -> LambdaTools:
    """Return the tools that the settings name, as their definitions beside the code describe them.

    Raises:
        ConfigError: a tool has no definition, or a definition is wrong.
    """
    declared = read_definitions((_ROOT / FILE).read_text())
    names = {each.tool.name for each in declared}
    if missing := [tool.name for tool in agent.tools if tool.name not in names]:
        raise ConfigError(f"{FILE} does not define {', '.join(missing)}: deploy the function's code again")
    tools = LambdaTools(declared, {tool.name: tool.function for tool in agent.tools})
    tools.open_client()
    return tools


def _outcome(call: Future[ToolReturn]) -> ToolReturn:
    try:
        return call.result()
    except StepError as error:
        if error.cause not in _FAILURES:
            raise
        return ToolReturn("", "timeout" if "Timeout" in error.detail else _FAILURES[error.cause], 0)
