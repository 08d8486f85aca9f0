"""Moto's Lambda API, made to run functions: what moto would do with Docker, or not at all, goes to the executor."""

import base64
import functools
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from pulumi_sandbox.aws import moto_gaps
from pulumi_sandbox.aws.functions.errors import InvokeError, ThrottledError
from pulumi_sandbox.aws.functions.installed import current, running
from pulumi_sandbox.aws.functions.lookup import deployed_function, find_function
from pulumi_sandbox.aws.functions.worker_environment import RESERVED
from pulumi_sandbox.aws.moto_gaps.wrapping import wrap
from pulumi_sandbox.aws.moto_lock import moto_state_released

MAX_UNZIPPED_BYTES = 262_144_000
MAX_ENVIRONMENT_BYTES = 4096
Answer = tuple[int, dict[str, str], bytes | str]
_REQUEST_ID = "x-amzn-requestid"
_ENRICH = "_enrich_response"


def answer_invoke(function: str, qualifier: str | None, region: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Answer one Invoke request. Moto's state must not be held, as the function may use it."""
    kind = headers.get("X-Amz-Invocation-Type") or "RequestResponse"
    named = function.split(":function:")[-1]
    reference = f"{function}:{qualifier}" if qualifier and ":" not in named else function
    details: dict[str, Any] = {"trace_header": headers.get("X-Amzn-Trace-Id")}
    try:
        if encoded := headers.get("X-Amz-Client-Context"):
            details["client_context"] = json.loads(base64.b64decode(encoded))
        if kind == "DryRun":
            find_function(reference, region)
            return 204, {}, b""
        if kind == "Event":
            request_id = current().queue.accept(reference, body, region=region, **details)
            return 202, {_REQUEST_ID: request_id}, b""
        result = current().executor.invoke(reference, body, region=region, details=details)
    except InvokeError as error:
        return _error_answer(error)
    answer = {
        "content-type": "application/json",
        "x-amz-executed-version": result.executed_version,
        _REQUEST_ID: result.request_id,
    }
    if result.function_error:
        answer["x-amz-function-error"] = result.function_error
    if headers.get("X-Amz-Log-Type") == "Tail":
        answer["x-amz-log-result"] = base64.b64encode(result.log_tail.encode()).decode()
    return 200, answer, result.payload


def _error_answer(error: InvokeError) -> Answer:
    headers = {"content-type": "application/json", "x-amzn-ErrorType": error.code}
    if isinstance(error, ThrottledError):
        headers["Retry-After"] = "1"
    return error.status, headers, json.dumps(error.body())


def check_environment(spec: Mapping[str, Any]) -> None:
    """Refuse variables that Lambda refuses and moto accepts. Raises moto's InvalidParameterValueException."""
    from moto.awslambda.exceptions import InvalidParameterValueException

    variables = (spec.get("Environment") or {}).get("Variables") or {}
    problem = "Lambda was unable to configure your environment variables because the environment variables you have "
    if reserved := sorted(RESERVED & set(variables)):
        raise InvalidParameterValueException(
            f"{problem}provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    size = sum(len(name.encode()) + len(str(value).encode()) for name, value in variables.items())
    if size > MAX_ENVIRONMENT_BYTES:
        raise InvalidParameterValueException(f"{problem}provided exceeded the 4KB limit.")


def check_archive(content: bytes) -> None:
    """Refuse an archive that Lambda could not unpack. Raises moto's InvalidParameterValueException."""
    from moto.awslambda.exceptions import InvalidParameterValueException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as zipped:
            size = sum(entry.file_size for entry in zipped.infolist())
    except zipfile.BadZipFile as error:
        raise InvalidParameterValueException(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from error
    if size > MAX_UNZIPPED_BYTES:
        raise InvalidParameterValueException(f"Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes")


def _with_status(answer: Answer) -> Answer:
    # Moto reads the status from the headers.
    status, headers, body = answer
    return status, {**headers, "status": str(status)}, body


def _with_own_request_id(
    original: Callable[..., tuple[dict[str, str], Any]], headers: dict[str, str], body: Any
) -> tuple[dict[str, str], Any]:
    # The id of an invocation is the one that the function sees; moto makes one up for every answer.
    own = headers.get(_REQUEST_ID)
    headers, body = original(headers, body)
    return ({**headers, _REQUEST_ID: own} if own else headers), body


def _invoke(_original: Callable[..., Any], response: Any) -> Answer:
    function = unquote(response.path.rsplit("/", 2)[-2])
    body = response.body.encode() if isinstance(response.body, str) else response.body
    with moto_state_released():
        qualifier = response._get_param("Qualifier")
        return _with_status(answer_invoke(function, qualifier, response.region, body, response.headers))


def _invoke_async(_original: Callable[..., Any], response: Any) -> Answer:
    function = unquote(response.path.rstrip("/").rsplit("/", 2)[-2])
    body = response.body.encode() if isinstance(response.body, str) else response.body
    with moto_state_released():
        kind = {"X-Amz-Invocation-Type": "Event"}
        return _with_status(answer_invoke(function, None, response.region, body, kind))


def _function_invoked(
    _original: Callable[..., Any], function: Any, body: str, _request_headers: Any, response_headers: dict[str, str]
) -> bytes:
    # Other services of moto (SNS, SQS, Step Functions...) call a function object directly, and wait for it.
    deployed = deployed_function(function)
    with moto_state_released():
        try:
            result = current().executor.run(deployed, function.function_arn, (body or "{}").encode())
        except InvokeError as error:
            response_headers["x-amz-function-error"] = "Unhandled"
            return json.dumps({"errorType": error.code, "errorMessage": str(error)}).encode()
    if result.function_error:
        response_headers["x-amz-function-error"] = result.function_error
    response_headers["x-amz-log-result"] = base64.b64encode(result.log_tail.encode()).decode()
    return result.payload


def _created(original: Callable[..., None], function: Any, *arguments: Any, **named: Any) -> None:
    check_environment(named.get("spec") or arguments[1])
    original(function, *arguments, **named)


def _configured(original: Callable[..., Any], function: Any, config_updates: dict[str, Any]) -> Any:
    check_environment(config_updates)
    return original(function, config_updates)


def _code_set(original: Callable[..., None], function: Any, updated_spec: dict[str, Any]) -> None:
    if content := updated_spec.get("ZipFile"):
        check_archive(base64.b64decode(content))
    original(function, updated_spec)


def _deleted(original: Callable[..., None], backend: Any, function_name: str, qualifier: str | None = None) -> None:
    arn: str = backend.get_function(function_name, qualifier).function_arn
    original(backend, function_name, qualifier)
    if not qualifier and (parts := running()):
        with moto_state_released():
            parts.executor.pool.forget(":".join(arn.split(":")[:7]))


def _event_invoke_config_put(original: Callable[..., Any], backend: Any, function_name: str, config: Any) -> Any:
    # Moto appends each configuration, and reads the first.
    answer = original(backend, function_name, config)
    function = backend.get_function(function_name)
    function.event_invoke_config = function.event_invoke_config[-1:]
    return answer


def _log_event_sent(
    _original: Callable[..., Any], backend: Any, arn: str, filter_name: str, group: str, stream: str, events: Any
) -> None:
    # A subscription filter's function must not hold up the thread that writes logs.
    data = {
        "messageType": "DATA_MESSAGE",
        "owner": backend.account_id,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": [filter_name],
        "logEvents": events,
    }
    packed = base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()
    payload = json.dumps({"awslogs": {"data": packed}}).encode()
    current().queue.accept(arn, payload, region=backend.region_name)


@functools.cache
def install() -> None:
    """Put the executor in moto's way. Calling it again does nothing."""
    from moto.awslambda.models import LambdaBackend, LambdaFunction
    from moto.awslambda.responses import LambdaResponse

    moto_gaps.install()  # ours go around those
    wrap(LambdaResponse, "invoke", _invoke)
    wrap(LambdaResponse, "invoke_async", _invoke_async)
    enrich = getattr(LambdaResponse, _ENRICH)
    setattr(LambdaResponse, _ENRICH, staticmethod(functools.partial(_with_own_request_id, enrich)))
    wrap(LambdaFunction, "invoke", _function_invoked)
    wrap(LambdaFunction, "__init__", _created)
    wrap(LambdaFunction, "update_configuration", _configured)
    wrap(LambdaFunction, "_set_function_code", _code_set)
    wrap(LambdaBackend, "delete_function", _deleted)
    wrap(LambdaBackend, "put_function_event_invoke_config", _event_invoke_config_put)
    wrap(LambdaBackend, "send_log_event", _log_event_sent)
