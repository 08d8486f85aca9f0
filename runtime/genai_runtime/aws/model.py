"""Text generation with Bedrock's Converse."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.errors import Cause, StepError
from genai_runtime.core.request import Finish, Generation, Message, Prompt, Sampling

_FINISH: Final = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
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
        # Repeats are the pipeline's choice, which knows the deadline and the other models.
        bedrock = client("bedrock-runtime", math.ceil(timeout_seconds), 1)
        with calling("bedrock:InvokeModel"):
            found = bedrock.converse(
                modelId=model_id,
                messages=_messages(prompt),
                inferenceConfig=_inference(sampling),
                requestMetadata=dict(labels),
                **({"system": [{"text": prompt.system}]} if prompt.system else {}),
            )
        if found["stopReason"] not in _FINISH:
            raise StepError(Cause.UNAVAILABLE, "bedrock:InvokeModel", f"Converse: stopped by {found['stopReason']}")
        return Generation(
            text="".join(block.get("text", "") for block in found["output"]["message"]["content"]),
            finish=_FINISH[found["stopReason"]],
            input_tokens=found["usage"]["inputTokens"],
            output_tokens=found["usage"]["outputTokens"],
        )


def _messages(prompt: Prompt) -> list[dict[str, Any]]:
    turns = [*prompt.history, *(Message("user", block) for block in prompt.blocks)]
    # Converse takes neither blank texts nor two messages of one role in a row.
    spoken: Iterable[Message] = (turn for turn in turns if turn.text.strip())
    return [
        {"role": role, "content": [{"text": turn.text} for turn in group]}
        for role, group in groupby(spoken, key=lambda turn: turn.role)
    ]


def _inference(sampling: Sampling) -> dict[str, Any]:
    given = {
        "maxTokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "topP": sampling.top_p,
        "stopSequences": list(sampling.stop) or None,
    }
    return {name: value for name, value in given.items() if value is not None}
