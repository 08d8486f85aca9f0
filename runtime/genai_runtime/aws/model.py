"""Text generation with Bedrock's Converse and ConverseStream."""

import base64
import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.request import Finish, Generation, Media, Message, Prompt, Sampling

_INVOKE: Final = "bedrock:InvokeModel"
_STREAM: Final = "bedrock:InvokeModelWithResponseStream"
_ANSWER: Final = "answer"
_FINISH: Final = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_use": Finish.STOP,
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
        return Generation(
            text=_text(found["output"]["message"]["content"], prompt),
            finish=_finish(found["stopReason"], _INVOKE),
            input_tokens=found["usage"]["inputTokens"],
            output_tokens=found["usage"]["outputTokens"],
        )

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
        stopped, usage = "", {"inputTokens": 0, "outputTokens": 0}
        with calling(_STREAM):
            answer = _bedrock(timeout_seconds).converse_stream(**_request(model_id, prompt, sampling, labels))
            with closing(answer["stream"]) as events:
                for kind, content in _pieces(events, deadline):
                    if kind == "contentBlockDelta" and (text := content["delta"].get("text")):
                        texts.append(text)
                        on_text(text)
                    elif kind == "messageStop":
                        stopped = content["stopReason"]
                    elif kind == "metadata":
                        usage = content["usage"]
        return Generation("".join(texts), _finish(stopped, _STREAM), usage["inputTokens"], usage["outputTokens"])


def _bedrock(timeout_seconds: float) -> Any:
    # Repeats are the pipeline's choice, which knows the deadline and the other models.
    return client("bedrock-runtime", math.ceil(timeout_seconds), 1)


def _request(model_id: str, prompt: Prompt, sampling: Sampling, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "modelId": model_id,
        "messages": _messages(prompt),
        "inferenceConfig": _inference(sampling),
        "requestMetadata": dict(labels),
        **({"system": [{"text": prompt.system}]} if prompt.system else {}),
        **({"toolConfig": _answer_tool(prompt.schema)} if prompt.schema else {}),
    }


def _answer_tool(schema: str) -> dict[str, Any]:
    """A tool that the model has to call, whose input is the answer: so every model with tools is held to a schema."""
    spec = {
        "name": _ANSWER,
        "description": "Gives the answer to the question.",
        "inputSchema": {"json": json.loads(schema)},
    }
    return {"tools": [{"toolSpec": spec}], "toolChoice": {"tool": {"name": _ANSWER}}}


def _text(content: Iterable[Mapping[str, Any]], prompt: Prompt) -> str:
    if not prompt.schema:
        return "".join(block.get("text", "") for block in content)
    inputs = [block["toolUse"]["input"] for block in content if "toolUse" in block]
    return json.dumps(inputs[0], ensure_ascii=False) if inputs else ""


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


def _messages(prompt: Prompt) -> list[dict[str, Any]]:
    turns = [*prompt.history, *(Message("user", block) for block in prompt.blocks)]
    # Converse takes neither blank texts nor two messages of one role in a row.
    spoken: Iterable[Message] = (turn for turn in turns if turn.text.strip())
    messages: list[dict[str, Any]] = [
        {"role": role, "content": [{"text": turn.text} for turn in group]}
        for role, group in groupby(spoken, key=lambda turn: turn.role)
    ]
    if prompt.media:
        messages[-1]["content"] = [*map(_block, prompt.media), *messages[-1]["content"]]
    return messages


def _block(media: Media) -> dict[str, Any]:
    return {media.kind: {"format": media.format, "source": {"bytes": base64.b64decode(media.data)}}}


def _inference(sampling: Sampling) -> dict[str, Any]:
    given = {
        "maxTokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "topP": sampling.top_p,
        "stopSequences": list(sampling.stop) or None,
    }
    return {name: value for name, value in given.items() if value is not None}
