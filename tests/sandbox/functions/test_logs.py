"""What lands in the log group, and what the role has to do with it."""

import base64
import json
import uuid

from pulumi_sandbox.aws import call_log
from tests.sandbox.functions.lambda_cloud import LambdaCloud, eventually

TALKATIVE = """
    import logging, sys
    print("loading")
    logging.getLogger().setLevel("INFO")
    def handler(event, context):
        print("one")
        print("two", file=sys.stderr)
        logging.info("three\\nlines\\nof it")
        sys.stdout.write("four")
        return "done"
"""


def test_lines_come_in_their_order(cloud: LambdaCloud) -> None:
    name = cloud.function(TALKATIVE)
    answer = cloud.invoke(name, LogType="Tail")
    request_id = answer["ResponseMetadata"]["RequestId"]
    lines = cloud.log_lines(f"/aws/lambda/{name}")
    assert lines[0].startswith("INIT_START Runtime Version: python3.13 on CPython ")
    assert lines[1:5] == ["loading", f"START RequestId: {request_id} Version: $LATEST", "one", "two"]
    level, _, logged_id, message = lines[5].split("\t")
    assert (level, logged_id, message) == ("[INFO]", request_id, "three\nlines\nof it")
    assert lines[6:8] == ["four", f"END RequestId: {request_id}"]
    assert lines[8].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert "Init Duration" in lines[8]
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert tail.splitlines()[-1].startswith("REPORT")
    assert "one\ntwo\n" in tail
    cloud.invoke(name)
    assert "Init Duration" not in cloud.log_lines(f"/aws/lambda/{name}")[-1]


def test_json_format_levels_and_group(cloud: LambdaCloud) -> None:
    group = f"/own/{uuid.uuid4().hex[:6]}"
    code = """
        import logging
        def handler(event, context):
            logging.info("quiet")
            logging.warning("loud", extra={"tenant": "t1"})
            raise ValueError("broken")
    """
    config = {"LogFormat": "JSON", "LogGroup": group, "ApplicationLogLevel": "WARN", "SystemLogLevel": "INFO"}
    name = cloud.function(code, LoggingConfig=config)
    request_id = cloud.invoke(name)["ResponseMetadata"]["RequestId"]
    records = [json.loads(line) for line in cloud.log_lines(group)]
    kinds = [record.get("type") or record.get("level") or record.get("log_level") for record in records]
    assert kinds == ["platform.initStart", "platform.start", "WARNING", "ERROR", "platform.report"]
    warning, error, report = records[2:]
    assert (warning["message"], warning["tenant"], warning["requestId"]) == ("loud", "t1", request_id)
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "broken")
    assert report["record"]["status"] == "error"
    assert report["record"]["metrics"]["memorySizeMB"] == 256
    assert cloud.log_lines(f"/aws/lambda/{name}") == []


def test_a_role_without_permission_logs_nothing(cloud: LambdaCloud) -> None:
    role, arn = cloud.role([])
    name = cloud.function(TALKATIVE, Role=arn)
    assert cloud.result(name) == "done"
    assert cloud.log_lines(f"/aws/lambda/{name}") == []
    cloud.client("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
    cloud.put_policy(
        role,
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        f"arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/{name}:*",
    )
    assert cloud.result(name) == "done"
    eventually(lambda: "one" in cloud.log_lines(f"/aws/lambda/{name}"))
    calls = {(call["action"], call["allowed"]) for call in call_log.recorded_calls() if call["role"] == arn}
    assert calls == {("logs:CreateLogGroup", False), ("logs:CreateLogStream", True), ("logs:PutLogEvents", True)}


def test_active_tracing_uses_its_permission(cloud: LambdaCloud) -> None:
    _, arn = cloud.role(["xray:PutTraceSegments"])
    code = "import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']"
    traced = cloud.result(cloud.function(code, Role=arn, TracingConfig={"Mode": "Active"}))
    assert traced.startswith("Root=1-")
    assert traced.endswith("Sampled=1")
    assert ("xray:PutTraceSegments", True) in {
        (call["action"], call["allowed"]) for call in call_log.recorded_calls() if call["role"] == arn
    }
    assert cloud.result(cloud.function(code)).endswith("Sampled=0")


def test_a_deleted_log_group_stays_deleted(cloud: LambdaCloud) -> None:
    _, arn = cloud.role(["logs:CreateLogStream", "logs:PutLogEvents"])
    name = cloud.function(TALKATIVE, Role=arn)
    group = f"/aws/lambda/{name}"
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName=group)
    cloud.result(name)
    assert cloud.log_lines(group)
    logs.delete_log_group(logGroupName=group)
    cloud.result(name)
    assert cloud.log_lines(group) == []
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []
