"""InvokeWithResponseStream of Lambda: the parts of a response as events, while the function writes them."""

import asyncio
import json
import queue
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from pulumi_sandbox.aws import functions
from pulumi_sandbox.aws.functions import InvokeError
from pulumi_sandbox.aws.functions.lookup import find_function
from pulumi_sandbox.aws.services.event_stream import EVENT_STREAM_MEDIA_TYPE, binary_event, event

SIGNING_NAME = "lambda"


def actions(request: Request) -> tuple[str, list[str]]:
    """Return what a caller needs: the action is that of every invocation."""
    _, arn = find_function(_reference(request), request.state.caller.region)
    return "lambda:InvokeFunction", [arn]


def _reference(request: Request) -> str:
    name, qualifier = request.path_params["name"], request.query_params.get("Qualifier")
    return f"{name}:{qualifier}" if qualifier else name


async def _invoke(request: Request) -> Response:
    function, region, body = _reference(request), request.state.caller.region, await request.body()
    parts: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    loop = asyncio.get_running_loop()

    def run() -> functions.Invocation:
        try:
            return functions.invoke(function, body, region=region, sink=parts.put)
        finally:
            parts.put(None)

    work = loop.run_in_executor(None, run)
    first = await loop.run_in_executor(None, parts.get)
    if first is None and isinstance(error := await _failure(work), InvokeError):
        return JSONResponse(error.body(), error.status, {"x-amzn-ErrorType": error.code})

    async def events() -> AsyncIterator[bytes]:
        part = first
        while part is not None:
            yield binary_event("PayloadChunk", part)
            part = await loop.run_in_executor(None, parts.get)
        ended = await work
        if first is None and not ended.function_error:
            # What a function returns that does not stream is one part.
            yield binary_event("PayloadChunk", ended.payload)
        yield event("InvokeComplete", _completion(ended))

    return StreamingResponse(events(), media_type=EVENT_STREAM_MEDIA_TYPE)


async def _failure(work: "asyncio.Future[functions.Invocation]") -> BaseException | None:
    try:
        await work
    except InvokeError as error:
        return error
    return None


def _completion(ended: functions.Invocation) -> dict[str, Any]:
    if not ended.function_error:
        return {}
    told = json.loads(ended.payload)
    return {"ErrorCode": told.get("errorType", "Unhandled"), "ErrorDetails": ended.payload.decode()}


routes = [
    Route(
        "/2021-11-15/functions/{name}/response-streaming-invocations",
        _invoke,
        methods=["POST"],
    )
]
