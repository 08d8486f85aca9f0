"""State machines of a test's own, in a sandbox."""

import io
import json
import time
import zipfile
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from tests.sandbox.services.own_cloud import REGION, OwnCloud, unique

EVERYTHING = [{"Action": "*", "Resource": "*"}]
STATES_TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
LAMBDA_TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def machine_of(*states: tuple[str, dict[str, Any]], language: str = "JSONPath", **more: Any) -> dict[str, Any]:
    """Return a definition whose states follow each other, where they do not say what follows."""
    made: dict[str, Any] = {}
    for number, (name, state) in enumerate(states):
        ends = state.get("Type") in ("Choice", "Succeed", "Fail") or "Next" in state or "End" in state
        following = {"Next": states[number + 1][0]} if number + 1 < len(states) else {"End": True}
        made[name] = state if ends else {**state, **following}
    return {"StartAt": states[0][0], "QueryLanguage": language, "States": made, **more}


@dataclass(frozen=True)
class StatesCloud(OwnCloud):
    """Machines, functions and executions."""

    @property
    def states(self) -> Any:
        keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
        config = Config(retries={"total_max_attempts": 1}, inject_host_prefix=False)
        return boto3.client("stepfunctions", region_name=REGION, endpoint_url=self.endpoint, config=config, **keys)

    def machine_role(self, statements: list[dict[str, Any]] | None = None) -> str:
        return self.role(EVERYTHING if statements is None else statements, STATES_TRUST)

    def machine(self, definition: dict[str, Any], *, role: str | None = None, **settings: Any) -> str:
        """Create a machine and return its ARN."""
        return self.states.create_state_machine(
            name=unique("machine"),
            definition=json.dumps(definition),
            roleArn=role or self.machine_role(),
            **settings,
        )["stateMachineArn"]

    def function(self, code: str) -> str:
        """Create a function from a module's text and return its ARN."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as zipped:
            zipped.writestr("app.py", code)
        return self.client("lambda").create_function(
            FunctionName=unique("fn"),
            Role=self.role([{"Action": "logs:*", "Resource": "*"}], LAMBDA_TRUST),
            Code={"ZipFile": content.getvalue()},
            Runtime="python3.13",
            Handler="app.handler",
            Timeout=10,
        )["FunctionArn"]

    def start(self, machine: str, value: Any = None, **more: Any) -> str:
        text = json.dumps({} if value is None else value)
        return self.states.start_execution(stateMachineArn=machine, input=text, **more)["executionArn"]

    def ended(self, execution: str, seconds: float = 20.0) -> dict[str, Any]:
        """Wait for an execution's end and return its description, the output decoded."""
        deadline = time.monotonic() + seconds
        while (found := self.states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline, "the execution does not end"
            time.sleep(0.03)
        return {**found, "output": json.loads(found["output"])} if "output" in found else found

    def run(self, definition: dict[str, Any], value: Any = None, *, role: str | None = None) -> dict[str, Any]:
        """Run a standard machine to its end."""
        return self.ended(self.start(self.machine(definition, role=role), value))

    def result(self, definition: dict[str, Any], value: Any = None, *, role: str | None = None) -> Any:
        """Run a standard machine and return the output of its success."""
        ended = self.run(definition, value, role=role)
        assert ended["status"] == "SUCCEEDED", ended
        return ended["output"]

    def events(self, execution: str) -> list[dict[str, Any]]:
        return self.states.get_execution_history(executionArn=execution, maxResults=1000)["events"]

    def kinds(self, execution: str) -> list[str]:
        return [event["type"] for event in self.events(execution)]
