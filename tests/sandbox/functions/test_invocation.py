"""What a function sees, and what its caller gets."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.functions.lambda_cloud import LambdaCloud, archive

ECHO = """
    def handler(event, context):
        return {"event": event}
"""


def test_returns_what_the_handler_returns(cloud: LambdaCloud) -> None:
    name = cloud.function(ECHO)
    assert cloud.result(name, {"question": "wie geht's? 🙂"}) == {"event": {"question": "wie geht's? 🙂"}}
    assert cloud.result(name, [1, None, 2.5]) == {"event": [1, None, 2.5]}


def test_decimals_are_numbers_and_other_objects_a_marshal_error(cloud: LambdaCloud) -> None:
    name = cloud.function(
        """
        import datetime, decimal
        def handler(event, context):
            return {"decimal": decimal.Decimal("1.5"), "date": datetime.date.today()}[event]
        """
    )
    assert cloud.result(name, "decimal") == 1.5
    answer = cloud.invoke(name, "date")
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Runtime.MarshalError"
    assert "Object of type date is not JSON serializable" in answer["Payload"]["errorMessage"]


def test_context_says_what_the_cloud_says(cloud: LambdaCloud) -> None:
    name = cloud.function(
        """
        def handler(event, context):
            return {
                "left": context.get_remaining_time_in_millis(),
                "custom": context.client_context.custom if context.client_context else None,
                **{key: getattr(context, key) for key in (
                    "function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb",
                    "aws_request_id", "log_group_name", "log_stream_name",
                )},
                "identity": context.identity.cognito_identity_id,
            }
        """,
        Timeout=7,
        MemorySize=192,
    )
    client_context = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    answer = cloud.invoke(name, ClientContext=client_context)
    context = answer["Payload"]
    assert 5000 < context.pop("left") <= 7000
    assert context.pop("aws_request_id") == answer["ResponseMetadata"]["RequestId"]
    assert context.pop("log_stream_name").startswith(time.strftime("%Y/%m/%d/", time.gmtime()))
    assert context == {
        "custom": {"a": "b"},
        "function_name": name,
        "function_version": "$LATEST",
        "invoked_function_arn": f"arn:aws:lambda:eu-central-1:123456789012:function:{name}",
        "memory_limit_in_mb": "192",
        "log_group_name": f"/aws/lambda/{name}",
        "identity": None,
    }


def test_environment_holds_nothing_of_the_sandbox_process(cloud: LambdaCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_DEVELOPER", "leaked")
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    name = cloud.function(
        "import os\ndef handler(event, context): return dict(os.environ)",
        Environment={"Variables": {"MODE": "test"}},
    )
    environment: dict[str, str] = cloud.result(name)
    assert "SECRET_OF_THE_DEVELOPER" not in environment
    assert "PYTHONPATH" not in environment
    assert environment["MODE"] == "test"
    assert environment["AWS_ENDPOINT_URL"] == cloud.url
    assert environment["AWS_DISABLE_HOST_PREFIX_INJECTION"] == "true"
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert environment["_HANDLER"] == "app.handler"
    assert environment["AWS_ACCESS_KEY_ID"] not in ("sandbox", "")
    assert environment["AWS_SESSION_TOKEN"]


@pytest.mark.parametrize("module", ["moto", "pulumi", "pulumi_sandbox", "starlette", "genai_runtime", "pytest"])
def test_modules_that_the_archive_lacks_are_missing(cloud: LambdaCloud, module: str) -> None:
    answer = cloud.invoke(cloud.function(f"import {module}\ndef handler(event, context): return 1"))
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Runtime.ImportModuleError"
    assert answer["Payload"]["errorMessage"] == f"Unable to import module 'app': No module named '{module}'"


def test_the_aws_sdk_is_there_and_the_archive_comes_first(cloud: LambdaCloud) -> None:
    name = cloud.function(
        {
            "app.py": """
                import boto3, colorsys
                def handler(event, context):
                    identity = boto3.client("sts").get_caller_identity()
                    return {"ours": colorsys.OURS, "arn": identity["Arn"]}
                """,
            "colorsys.py": "OURS = True",
        }
    )
    result = cloud.result(name)
    assert result["ours"] is True
    assert ":assumed-role/" in result["arn"]
    assert result["arn"].endswith(f"/{name}")


def test_code_in_packages_and_large_payloads(cloud: LambdaCloud) -> None:
    name = cloud.function(
        {"inner/__init__.py": "", "inner/entry.py": "def run(event, context): return event['size'] * 'x'"},
        Handler="inner/entry.run",
    )
    assert len(cloud.result(name, {"size": 5_000_000, "filler": "y" * 5_000_000})) == 5_000_000


def test_too_large_a_response_is_an_error(cloud: LambdaCloud) -> None:
    answer = cloud.invoke(cloud.function("def handler(event, context): return 'x' * 6_300_000"))
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Function.ResponseSizeTooLarge"


def test_too_large_a_request_is_refused(cloud: LambdaCloud) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.invoke(cloud.function(ECHO), "x" * 6_300_000)
    assert refused.value.response["Error"]["Code"] == "RequestTooLargeException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_unknown_function_and_qualifier(cloud: LambdaCloud) -> None:
    name = cloud.function(ECHO)
    for options in ({"FunctionName": "nowhere"}, {"FunctionName": name, "Qualifier": "7"}):
        with pytest.raises(ClientError) as refused:
            cloud.client("lambda").invoke(**options)
        assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_payload_must_be_json(cloud: LambdaCloud) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.client("lambda").invoke(FunctionName=cloud.function(ECHO), Payload=b"{nope")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestContentException"


def test_other_runtimes_are_refused_by_name(cloud: LambdaCloud) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.invoke(cloud.function({"app.js": ""}, Runtime="nodejs22.x"))
    assert "nodejs22.x" in refused.value.response["Error"]["Message"]


def test_versions_and_aliases_run_their_own_code(cloud: LambdaCloud) -> None:
    client = cloud.client("lambda")
    name = cloud.function(
        "def handler(event, context): return [1, context.function_version, context.invoked_function_arn]"
    )
    client.publish_version(FunctionName=name)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    client.update_function_code(
        FunctionName=name,
        ZipFile=archive({"app.py": "def handler(event, context): return [2, context.function_version, '']"}),
    )
    arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{name}"
    assert cloud.result(name) == [2, "$LATEST", ""]
    assert cloud.result(name, Qualifier="1") == [1, "1", f"{arn}:1"]
    assert cloud.result(name, Qualifier="live") == [1, "1", f"{arn}:live"]
    assert cloud.result(f"{arn}:live") == [1, "1", f"{arn}:live"]
    assert cloud.result(name) == [2, "$LATEST", ""]


def test_workers_stay_warm_until_code_or_configuration_change(cloud: LambdaCloud) -> None:
    client = cloud.client("lambda")
    name = cloud.function(
        """
        import os
        count = 0
        def handler(event, context):
            global count
            count += 1
            return [os.getpid(), count, os.environ.get("MODE")]
        """
    )
    pid, count, _ = cloud.result(name)
    assert (count, cloud.result(name)) == (1, [pid, 2, None])
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {"MODE": "new"}})
    other, count, mode = cloud.result(name)
    assert (other != pid, count, mode) == (True, 1, "new")
    client.update_function_code(
        FunctionName=name, ZipFile=archive({"app.py": "def handler(event, context): return 'code'"})
    )
    assert cloud.result(name) == "code"


def test_one_event_a_worker_at_a_time(cloud: LambdaCloud) -> None:
    name = cloud.function("import os, time\ndef handler(event, context):\n    time.sleep(0.5)\n    return os.getpid()")
    with ThreadPoolExecutor(4) as threads:
        pids = list(threads.map(lambda _: cloud.result(name), range(4)))
    assert len(set(pids)) == 4


def test_reserved_concurrency_throttles(cloud: LambdaCloud) -> None:
    client = cloud.client("lambda")
    name = cloud.function("import time\ndef handler(event, context):\n    time.sleep(1)\n    return 1")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)

    def attempt(_: int) -> Any:
        try:
            return cloud.result(name)
        except ClientError as error:
            return error.response

    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(attempt, range(5)))
    throttled = [answer for answer in answers if answer != 1]
    assert len(throttled) == 3
    assert {answer["Error"]["Code"] for answer in throttled} == {"TooManyRequestsException"}
    assert {answer["ResponseMetadata"]["HTTPStatusCode"] for answer in throttled} == {429}
    assert throttled[0]["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="Rate Exceeded"):
        cloud.result(name)
    client.delete_function_concurrency(FunctionName=name)
    assert cloud.result(name) == 1


def test_layers_are_on_the_path_below_the_archive(cloud: LambdaCloud) -> None:
    client = cloud.client("lambda")
    contents = [{"python/shared.py": "A = 1", "python/both.py": "B = 1"}, {"python/both.py": "B = 2"}]
    arns = [
        client.publish_layer_version(LayerName=f"layer{i}", Content={"ZipFile": archive(files)})["LayerVersionArn"]
        for i, files in enumerate(contents)
    ]
    name = cloud.function("import shared, both\ndef handler(event, context): return [shared.A, both.B]", Layers=arns)
    assert cloud.result(name) == [1, 2]


def test_reserved_variables_and_broken_archives_are_refused_at_creation(cloud: LambdaCloud) -> None:
    with pytest.raises(ClientError, match="Reserved keys used in this request: AWS_REGION"):
        cloud.function(ECHO, Environment={"Variables": {"AWS_REGION": "mars"}})
    with pytest.raises(ClientError, match="Could not unzip uploaded file"):
        cloud.client("lambda").create_function(
            FunctionName="broken",
            Role=cloud.role()[1],
            Runtime="python3.13",
            Handler="app.handler",
            Code={"ZipFile": b"no zip"},
        )


def test_dry_run_runs_nothing(cloud: LambdaCloud) -> None:
    name = cloud.function("import sys\nsys.exit(1)")
    answer = cloud.invoke(name, InvocationType="DryRun")
    assert answer["StatusCode"] == 204


def test_a_role_that_lambda_cannot_assume_is_refused(cloud: LambdaCloud) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    role = cloud.role(trust=trust)[1]
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        cloud.function(ECHO, Role=role)
    own_name, own = cloud.role()
    name = cloud.function(ECHO, Role=own)
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        cloud.client("lambda").update_function_configuration(FunctionName=name, Role=role)
    cloud.client("iam").update_assume_role_policy(RoleName=own_name, PolicyDocument=json.dumps(trust))
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        cloud.invoke(name)
