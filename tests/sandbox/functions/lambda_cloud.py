"""A cloud of the tests' own: moto on a free port in this process, with the executor in its Lambda."""

import contextlib
import functools
import io
import json
import logging
import textwrap
import time
import uuid
import zipfile
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

from pulumi_sandbox import durable
from pulumi_sandbox.aws import functions, moto_gaps

REGION = "eu-central-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
LOGGING = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]


def archive(files: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(name, textwrap.dedent(text))
    return content.getvalue()


def eventually(check: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Return the first true value of ``check``."""
    deadline = time.monotonic() + seconds
    while not (value := check()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)
    return value


@dataclass(frozen=True, eq=False)
class LambdaCloud:
    url: str
    directory: Path

    @functools.cache  # noqa: B019 - one cloud a test module
    def client(self, service: str) -> Any:
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=50, read_timeout=30)
        return boto3.client(  # pyright: ignore[reportCallIssue, reportUnknownVariableType] - the service is a variable
            service,  # pyright: ignore[reportArgumentType]
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=config,
        )

    def role(self, actions: list[str] = LOGGING, trust: Mapping[str, Any] = TRUST) -> tuple[str, str]:
        """Create a role that may do ``actions`` on everything; returns its name and ARN."""
        iam, name = self.client("iam"), f"role-{uuid.uuid4().hex[:8]}"
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        if actions:
            self.put_policy(name, actions)
        return name, arn

    @functools.cached_property
    def usual_role(self) -> str:
        return self.role()[1]

    def put_policy(self, role: str, actions: list[str], resource: str = "*") -> None:
        statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.client("iam").put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=document)

    def function(self, code: str | Mapping[str, str], **settings: Any) -> str:
        """Create a function from a module's text (``app.handler``) or from files; returns its name."""
        files = {"app.py": code} if isinstance(code, str) else code
        name = settings.pop("FunctionName", f"fn-{uuid.uuid4().hex[:8]}")
        role = settings.pop("Role", None) or self.usual_role
        defaults = {"Runtime": "python3.13", "Handler": "app.handler", "Timeout": 10, "MemorySize": 256}
        code_bytes = {"ZipFile": archive(files)}
        self.client("lambda").create_function(FunctionName=name, Role=role, Code=code_bytes, **{**defaults, **settings})
        return name

    def invoke(self, name: str, event: Any = None, **options: Any) -> dict[str, Any]:
        """Invoke, and return the answer with the payload decoded."""
        payload = json.dumps({} if event is None else event).encode()
        answer = self.client("lambda").invoke(FunctionName=name, Payload=payload, **options)
        content = answer["Payload"].read()
        return {**answer, "Payload": json.loads(content) if content else None}

    def result(self, name: str, event: Any = None, **options: Any) -> Any:
        """Invoke, and return the payload of a success."""
        answer = self.invoke(name, event, **options)
        assert "FunctionError" not in answer, answer
        return answer["Payload"]

    def log_lines(self, group: str) -> list[str]:
        """Return all events of a log group, oldest first; empty when it does not exist."""
        assert functions.flush_logs()
        logs = self.client("logs")
        with contextlib.suppress(logs.exceptions.ResourceNotFoundException):
            streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
            events: list[dict[str, Any]] = []
            for stream in streams:
                arguments = {"logGroupName": group, "logStreamName": stream["logStreamName"], "startFromHead": True}
                events += logs.get_log_events(**arguments)["events"]
            return [event["message"] for event in sorted(events, key=lambda event: event["timestamp"])]
        return []


@contextlib.contextmanager
def lambda_cloud(directory: Path, retry_seconds: tuple[float, ...] = (0.05, 0.05)) -> Generator[LambdaCloud]:
    """Run a cloud whose asynchronous events are retried at once."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto_gaps.install()
    durable.use_database(directory / "maps.sqlite")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    functions.install(directory / "functions", url, retry_seconds=retry_seconds)
    try:
        yield LambdaCloud(url, directory)
    finally:
        functions.uninstall()
        server.stop()
