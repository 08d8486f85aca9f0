"""Invokes functions: finds one, lends it a warm instance, and hands back what the Lambda API would."""

import json
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox import iam
from pulumi_sandbox.aws.functions.errors import InvalidRequestError, RequestTooLargeError, ThrottledError
from pulumi_sandbox.aws.functions.instance import Deployed, Event, Home, Instance, Invocation
from pulumi_sandbox.aws.functions.log_writer import LogWriter
from pulumi_sandbox.aws.functions.lookup import find_function
from pulumi_sandbox.aws.functions.pool import Pool
from pulumi_sandbox.aws.functions.runtime_api import Sink
from pulumi_sandbox.aws.functions.tracing import trace_header
from pulumi_sandbox.aws.metrics.of_functions import measured
from pulumi_sandbox.layout import ACCOUNT_ID

MAX_REQUEST_BYTES = 6_291_556
MAX_EVENT_BYTES = 1_048_576
"""Of an asynchronous invocation (1 MB since October 2025)."""


class Executor:
    """All functions of one sandbox. ``home.directory`` holds unpacked archives, and may be deleted at any stop."""

    def __init__(self, home: Home, writer: LogWriter) -> None:
        self.home = home
        self.writer = writer
        self.pool = Pool(self._launch)

    def _launch(self, deployed: Deployed) -> Instance:
        return Instance(deployed, self.home, self.writer)

    def run(
        self, deployed: Deployed, invoked_arn: str, payload: bytes, sink: Sink | None = None, **details: Any
    ) -> Invocation:
        """Run one event to its end. ``details`` are the other fields of Event. Raises InvokeError."""
        check_payload(payload, MAX_REQUEST_BYTES)
        details["trace_header"] = trace_header(deployed.spec, details.get("trace_header"))
        event = Event(payload=payload or b"{}", invoked_arn=invoked_arn, **details)
        spec = deployed.spec
        with measured(spec.region, spec.name, ThrottledError) as measurement, self.pool.instance(deployed) as instance:
            result = instance.handle(event, sink)
            measurement.succeeded = result.function_error is None
        return result

    def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        region: str,
        invoked_by: str | None = None,
        source_arn: str | None = None,
        details: Mapping[str, Any] | None = None,
        sink: Sink | None = None,
    ) -> Invocation:
        """See ``pulumi_sandbox.aws.functions.invoke``."""
        deployed, arn = find_function(function, region)
        if invoked_by is not None:
            authorize_caller(deployed, arn, invoked_by, source_arn)
        return self.run(deployed, arn, payload, sink, **(details or {}))


def check_payload(payload: bytes, limit: int) -> None:
    """Raise InvokeError when a request's payload is too large or no JSON."""
    if len(payload) > limit:
        raise RequestTooLargeError(f"{len(payload)} byte payload is too large for the operation (limit {limit} bytes)")
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        raise InvalidRequestError(f"Could not parse request body into json: {error}") from error


def authorize_caller(deployed: Deployed, arn: str, invoked_by: str, source_arn: str | None) -> None:
    """Raise iam.AccessDeniedError unless a role, by its policies, or a service, by the function's, may invoke it."""
    if invoked_by.startswith("arn:"):
        iam.authorize(invoked_by, "lambda:InvokeFunction", arn, region=deployed.spec.region)
        return
    context = {"aws:SourceAccount": ACCOUNT_ID} | ({"aws:SourceArn": source_arn} if source_arn else {})
    iam.authorize_service(invoked_by, "lambda:InvokeFunction", arn, context, region=deployed.spec.region)
