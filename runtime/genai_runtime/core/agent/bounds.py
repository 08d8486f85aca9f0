"""When an answer may call no more tools of the deployment."""

from collections.abc import Sequence
from typing import Final

from genai_runtime.core.config import AgentRef
from genai_runtime.core.tools import Step

LEAST_SECONDS: Final = 3.0
"""Of what is left of the request's time: a call of a tool and another one of a model do not fit into less."""


def made_calls(steps: Sequence[Step]) -> int:
    """Return how many tools were called in these steps."""
    return sum(len(step.tool_calls) for step in steps)


def reached_bound(steps: Sequence[Step], agent: AgentRef, max_tool_calls: int | None, seconds_left: float) -> str:
    """Return the bound that is reached after these steps, or nothing. One step is left for the answer itself."""
    if max_tool_calls is not None and made_calls(steps) >= max_tool_calls:
        return "max_tool_calls"
    if len(steps) >= agent.max_steps - 1:
        return "max_steps"
    if sum(step.input_tokens + step.output_tokens for step in steps) >= agent.max_tokens:
        return "max_tokens"
    return "time" if steps and seconds_left < LEAST_SECONDS else ""
