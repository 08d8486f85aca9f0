"""Converse and ConverseStream: one model call, with the guardrail that the request names."""

import json
import time
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from pulumi_sandbox.models import generation
from pulumi_sandbox.models.conversation import (
    AnswerStream,
    Finish,
    ModelRefused,
    ModelThrottled,
    ModelUnavailable,
    Text,
    ToolCall,
)
from pulumi_sandbox.models.extractive import input_tokens
from pulumi_sandbox.models.faults import Fault
from pulumi_sandbox.models.tokens import count_tokens, pieces

from .converse_conversation import conversation_of
from .converse_guardrail import ConverseGuardrail, guardrail_of
from .event_stream import event, exception
from .foundation_models import resolve_model
from .model_faults import meet_fault
from .rest_json import Call, ServiceError

_STOP_REASONS: Mapping[str, str] = {
    "end": "end_turn",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_call": "tool_use",
}
_NO_TOKENS = Finish("end", 0, 0)
_BROKE_OFF = "The model encountered an error while streaming."


def answer(call: Call, body: Mapping[str, Any]) -> tuple[AnswerStream, Fault | None]:
    """Return the model's answer as it comes; raises what Bedrock says if the model does not answer at all."""
    invocable = resolve_model(call.parameters["modelId"], call.region, call.account)
    conversation = conversation_of(body, invocable.model)
    fault = meet_fault(call.parameters["modelId"], invocable.model.id)
    if fault and fault.kind == "say":
        counted = Finish("end", input_tokens(conversation), count_tokens(fault.text))
        return iter([*map(Text, pieces(fault.text)), counted]), None
    parts = generation.stream(conversation)
    try:
        first = next(parts)
    except ModelThrottled as error:
        raise ServiceError("ThrottlingException", f"Too many requests, please wait. ({error})") from error
    except ModelUnavailable as error:
        raise ServiceError("ServiceUnavailableException", str(error)) from error
    except ModelRefused as error:
        raise ServiceError("ValidationException", f"The model returned the following errors: {error}") from error
    return chain([first], parts), fault


def converse(call: Call) -> dict[str, Any]:
    """Answer a Converse request."""
    started = time.monotonic()
    guardrail = guardrail_of(call)
    body, blocked = guardrail.check_input(call.parameters) if guardrail else (call.parameters, None)
    if blocked is not None:
        resolve_model(call.parameters["modelId"], call.region, call.account)
        return _response([{"text": blocked}], "guardrail_intervened", _NO_TOKENS, guardrail, started)
    parts, fault = answer(call, body)
    if fault and fault.kind == "fail_mid_stream":
        raise ServiceError("ModelErrorException", _BROKE_OFF)
    whole = _whole(parts)
    text, reason = whole.text, _STOP_REASONS[whole.finish.reason]
    if guardrail and text and (replaced := guardrail.check_output(text)) is not None:
        return _response([{"text": replaced}], "guardrail_intervened", whole.finish, guardrail, started)
    content: list[dict[str, Any]] = [{"text": text}] if text or not whole.calls else []
    content += [
        {"toolUse": {"toolUseId": tool.id, "name": tool.name, "input": dict(tool.input)}} for tool in whole.calls
    ]
    return _response(content, reason, whole.finish, guardrail, started)


def _whole(parts: AnswerStream) -> generation.Answer:
    try:
        return generation.whole(parts)
    except (ModelUnavailable, ModelThrottled, ModelRefused) as error:
        raise ServiceError("ModelErrorException", str(error)) from error


def _response(
    content: list[dict[str, Any]], reason: str, finish: Finish, guardrail: ConverseGuardrail | None, started: float
) -> dict[str, Any]:
    response = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": reason,
        "usage": _usage(finish),
        "metrics": {"latencyMs": _milliseconds(started)},
    }
    if guardrail and guardrail.trace:
        response["trace"] = {"guardrail": guardrail.trace}
    return response


def _usage(finish: Finish) -> dict[str, int]:
    total = finish.input_tokens + finish.output_tokens
    return {"inputTokens": finish.input_tokens, "outputTokens": finish.output_tokens, "totalTokens": total}


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def converse_stream(call: Call) -> Iterator[bytes]:
    """Answer a ConverseStream request: its frames, in order.

    With a guardrail the answer is held back until it is checked, unless `streamProcessingMode` is "async".
    """
    started = time.monotonic()
    guardrail = guardrail_of(call)
    body, blocked = guardrail.check_input(call.parameters) if guardrail else (call.parameters, None)
    if blocked is not None:
        resolve_model(call.parameters["modelId"], call.region, call.account)
        parts: AnswerStream = iter([Text(blocked), _NO_TOKENS])
        return _frames(parts, None, guardrail, started, reason="guardrail_intervened")
    parts, fault = answer(call, body)
    if guardrail and call.parameters["guardrailConfig"].get("streamProcessingMode", "sync") == "sync":
        parts, intervened = _checked(_whole(parts), guardrail)
        return _frames(parts, fault, guardrail, started, reason="guardrail_intervened" if intervened else None)
    return _frames(parts, fault, guardrail, started, check=guardrail)


def _checked(whole: generation.Answer, guardrail: ConverseGuardrail) -> tuple[AnswerStream, bool]:
    replaced = guardrail.check_output(whole.text) if whole.text else None
    if replaced is not None:
        return iter([*map(Text, pieces(replaced)), whole.finish]), True
    return iter([*map(Text, pieces(whole.text)), *whole.calls, whole.finish]), False


def _frames(
    parts: AnswerStream,
    fault: Fault | None,
    guardrail: ConverseGuardrail | None,
    started: float,
    *,
    reason: str | None = None,
    check: ConverseGuardrail | None = None,
) -> Iterator[bytes]:
    yield event("messageStart", {"role": "assistant"})
    written: list[str] = []
    index = 0
    try:
        for number, part in enumerate(parts):
            if fault and fault.kind == "slow_stream":
                time.sleep(fault.delay_seconds)
            elif fault and number >= fault.after_parts:
                yield _broken_off(_BROKE_OFF)
                return
            if isinstance(part, Text):
                written.append(part.text)
                yield event("contentBlockDelta", {"contentBlockIndex": index, "delta": {"text": part.text}})
            elif isinstance(part, ToolCall):
                if written:
                    yield event("contentBlockStop", {"contentBlockIndex": index})
                    index, written = index + 1, []
                yield from _tool_frames(part, index)
                index += 1
            else:
                if written:
                    yield event("contentBlockStop", {"contentBlockIndex": index})
                # In async mode the text is out already: the verdict can only be told.
                if check and written and check.check_output("".join(written)) is not None:
                    reason = "guardrail_intervened"
                yield event("messageStop", {"stopReason": reason or _STOP_REASONS[part.reason]})
                yield event("metadata", _metadata(part, guardrail, started))
    except (ModelUnavailable, ModelThrottled, ModelRefused) as error:
        yield _broken_off(str(error))


def _broken_off(message: str) -> bytes:
    return exception(
        "modelStreamErrorException", {"message": message, "originalStatusCode": 500, "originalMessage": message}
    )


def _tool_frames(tool: ToolCall, index: int) -> Iterator[bytes]:
    start = {"toolUse": {"toolUseId": tool.id, "name": tool.name}}
    yield event("contentBlockStart", {"contentBlockIndex": index, "start": start})
    delta = {"toolUse": {"input": json.dumps(dict(tool.input))}}
    yield event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})
    yield event("contentBlockStop", {"contentBlockIndex": index})


def _metadata(finish: Finish, guardrail: ConverseGuardrail | None, started: float) -> dict[str, Any]:
    metadata: dict[str, Any] = {"usage": _usage(finish), "metrics": {"latencyMs": _milliseconds(started)}}
    if guardrail and guardrail.trace:
        metadata["trace"] = {"guardrail": guardrail.trace}
    return metadata
