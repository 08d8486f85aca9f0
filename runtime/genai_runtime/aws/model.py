"""Text generation with Bedrock's Converse and ConverseStream."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.converse_messages import converse_messages
from genai_runtime.aws.converse_tools import StreamedCalls, calls_in, tool_config
from genai_runtime.aws.failures import calling
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.request import Finish, Generation, Prompt, Sampling
from genai_runtime.core.tools import ToolCall

_INVOKE: Final = "bedrock:InvokeModel"
_STREAM: Final = "bedrock:InvokeModelWithResponseStream"
_FINISH: Final = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_use": Finish.TOOL_CALLS,
    "guardrail_intervened": Finish.FILTERED,
    "content_filtered": Finish.FILTERED,
}


@dataclass(frozen=True)
class BedrockModel:
    """Any text model of Bedrock, by the id of the model or of an inference profile."""

    def generate(
        self,
        model_id: str,
        prompt: Prompt,
        sampling: Sampling,
        labels: Mapping[str, str],
        timeout_seconds: float,
    ) -> Generation:
        """Return what the model generates, or fail after `timeout_seconds`.

        `labels` go to the cloud's own log of model calls.
        """
        with calling(_INVOKE):
            found = _bedrock(timeout_seconds).converse(**_request(model_id, prompt, sampling, labels))
        content = found["output"]["message"]["content"]
        text = "".join(block.get("text", "") for block in content)
        return _generation(text, calls_in(content), _finish(found["stopReason"], _INVOKE), found["usage"], prompt)

    def stream(
        self,
        model_id: str,
        prompt: Prompt,
        sampling: Sampling,
        labels: Mapping[str, str],
        timeout_seconds: float,
        on_text: Callable[[str], None],
    ) -> Generation:
        """As `generate`, and hand the text over to `on_text` as it comes; what `on_text` raises ends the call."""
        deadline = time.monotonic() + timeout_seconds
        texts: list[str] = []
        tools = StreamedCalls()
        stopped, usage = "", {"inputTokens": 0, "outputTokens": 0}
        with calling(_STREAM):
            answer = _bedrock(timeout_seconds).converse_stream(**_request(model_id, prompt, sampling, labels))
            with closing(answer["stream"]) as events:
                for kind, content in _pieces(events, deadline):
                    if kind == "contentBlockDelta" and (text := content["delta"].get("text")):
                        texts.append(text)
                        on_text(text)
                    elif kind == "contentBlockStart":
                        tools.start(content)
                    elif kind == "contentBlockDelta":
                        tools.add(content)
                    elif kind == "messageStop":
                        stopped = content["stopReason"]
                    elif kind == "metadata":
                        usage = content["usage"]
        return _generation("".join(texts), tools.calls, _finish(stopped, _STREAM), usage, prompt)


def _bedrock(timeout_seconds: float) -> Any:
    # Repeats are the pipeline's choice, which knows the deadline and the other models.
    return client("bedrock-runtime", math.ceil(timeout_seconds), 1)


def _request(model_id: str, prompt: Prompt, sampling: Sampling, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "modelId": model_id,
        "messages": converse_messages(prompt),
        "inferenceConfig": _inference(sampling),
        "requestMetadata": dict(labels),
        **({"system": [{"text": prompt.system}]} if prompt.system else {}),
        **tool_config(prompt),
    }


def _generation(
    text: str, calls: tuple[ToolCall, ...], finish: Finish, usage: Mapping[str, int], prompt: Prompt
) -> Generation:
    counted = usage["inputTokens"], usage["outputTokens"]
    if prompt.schema:
        return Generation(calls[0].arguments if calls else "", _without_calls(finish), *counted)
    # A model that was cut off in the middle of a call has not finished asking for it.
    asked = calls if finish is Finish.TOOL_CALLS else ()
    return Generation(text, finish if asked else _without_calls(finish), *counted, calls=asked)


def _without_calls(finish: Finish) -> Finish:
    return Finish.STOP if finish is Finish.TOOL_CALLS else finish


def _finish(reason: str, action: str) -> Finish:
    if reason not in _FINISH:
        raise StepError(Cause.UNAVAILABLE, action, f"stopped by {reason or 'nothing'}")
    return _FINISH[reason]


def _pieces(events: Iterable[Mapping[str, Any]], deadline: float) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what an event of the stream is, and what it holds."""
    for event in events:
        if time.monotonic() > deadline:
            raise StepError(Cause.UNAVAILABLE, _STREAM, "ConverseStream: time is up")
        yield from event.items()


def _inference(sampling: Sampling) -> dict[str, Any]:
    given = {
        "maxTokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "topP": sampling.top_p,
        "stopSequences": list(sampling.stop) or None,
    }
    return {name: value for name, value in given.items() if value is not None}
