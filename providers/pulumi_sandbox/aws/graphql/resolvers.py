"""Unit resolvers over functions: with handlers in APPSYNC_JS, or direct Lambda resolvers without.

Source: AppSync developer guide, "JavaScript resolver function reference for Lambda" and "Disabling VTL mapping
templates with direct Lambda resolvers".
"""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pulumi_sandbox import iam
from pulumi_sandbox.aws import functions
from pulumi_sandbox.aws.functions import Invocation
from pulumi_sandbox.aws.graphql.errors import FieldError
from pulumi_sandbox.aws.graphql.javascript import call_handler
from pulumi_sandbox.aws.graphql.store import Api

SERVICE = "appsync.amazonaws.com"
# Not those that execute requests: these wait for them.
_threads = ThreadPoolExecutor(256, thread_name_prefix="graphql-function")


@dataclass(frozen=True, slots=True)
class Run:
    """One request while it is executed. ``deadline`` is in monotonic seconds."""

    api: Api
    deadline: float
    trace_header: str | None


def resolve(run: Run, resolver: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    """Return a field's value. Raises FieldError."""
    source = run.api.sources[resolver["dataSourceName"]]
    code = resolver.get("code")
    payload: Any = context
    if code:
        asked = call_handler(code, "request", context)
        if not isinstance(asked, dict) or asked.get("operation") != "Invoke":
            raise FieldError("The sandbox calls functions with the operation Invoke alone.", "Code")
        payload = asked.get("payload")
    try:
        result, failure = _invoke(run, source, payload), None
    except FieldError as error:
        result, failure = None, error
    if not code:
        if failure:
            raise failure
        return result
    told = {"message": str(failure), "type": failure.kind} if failure else None
    return call_handler(code, "response", {**context, "result": result, "error": told})


def _invoke(run: Run, source: Mapping[str, Any], payload: Any) -> Any:
    role = source["serviceRoleArn"]
    if not iam.may_assume(role, SERVICE, {"aws:SourceArn": run.api.arn}):
        raise FieldError(f"AppSync may not assume the role {role}.", "Lambda:AccessDeniedException")
    waiting = _threads.submit(
        functions.invoke,
        source["lambdaConfig"]["lambdaFunctionArn"],
        json.dumps(payload).encode(),
        region=run.api.region,
        invoked_by=role,
        trace_header=run.trace_header,
    )
    try:
        done = waiting.result(max(0.0, run.deadline - time.monotonic()))
    except TimeoutError as error:
        raise FieldError("Execution timed out.", "Lambda:ExecutionTimeoutException") from error
    except functions.InvokeError as error:
        raise FieldError(str(error), f"Lambda:{error.code}") from error
    except iam.AccessDeniedError as error:
        raise FieldError(str(error), "Lambda:AccessDeniedException") from error
    return _value(done)


def _value(done: Invocation) -> Any:
    value: Any = json.loads(done.payload or b"null")
    if done.function_error:
        raise FieldError(str(value.get("errorMessage", "")), f"Lambda:{done.function_error}")
    return value
