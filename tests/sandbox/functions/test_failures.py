"""Errors, limits and ends of functions, as callers and logs see them."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.functions.lambda_cloud import LambdaCloud, eventually


def failure(cloud: LambdaCloud, code: str, event: Any = None, **settings: Any) -> dict[str, Any]:
    answer = cloud.invoke(cloud.function(code, **settings), event)
    assert answer["FunctionError"] == "Unhandled"
    return answer["Payload"]


def test_raised_errors_carry_type_message_and_trace(cloud: LambdaCloud) -> None:
    code = """
        class TooShort(ValueError):
            pass
        def inner():
            raise TooShort("say more")
        def handler(event, context):
            inner()
    """
    name = cloud.function(code)
    answer = cloud.invoke(name, LogType="Tail")
    error = answer["Payload"]
    assert (error["errorType"], error["errorMessage"]) == ("TooShort", "say more")
    assert error["requestId"] == answer["ResponseMetadata"]["RequestId"]
    assert [line.split(", in ")[1].split("\n")[0] for line in error["stackTrace"]] == ["handler", "inner"]
    again = cloud.invoke(name)
    assert again["Payload"]["errorType"] == "TooShort", "the worker serves on"


@pytest.mark.parametrize(
    ("code", "error_type", "message"),
    [
        ("import nowhere", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'nowhere'"),
        ("def other(event, context): pass", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("def handler(", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        ("raise KeyError('setting')", "KeyError", "'setting'"),
        ("import sys; sys.exit(4)", "Runtime.ExitError", "Runtime exited with error: exit status 4"),
    ],
)
def test_errors_while_loading(cloud: LambdaCloud, code: str, error_type: str, message: str) -> None:
    error = failure(cloud, code)
    assert error["errorType"] == error_type
    assert message in error["errorMessage"]


def test_handler_names_without_a_module(cloud: LambdaCloud) -> None:
    error = failure(cloud, "", Handler="handler")
    assert error["errorType"] == "Runtime.MalformedHandlerName"


@pytest.mark.parametrize(
    ("statement", "ending"),
    [
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("sys.exit()", "Runtime exited without providing a reason"),
        ("os._exit(7)", "Runtime exited with error: exit status 7"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_a_worker_that_ends_is_an_exit_error(cloud: LambdaCloud, statement: str, ending: str) -> None:
    code = f"""
        import os, signal, sys
        def handler(event, context):
            if event == "end": {statement}
            return os.getpid()
    """
    name = cloud.function(code)
    before = cloud.result(name)
    error = cloud.invoke(name, "end")
    assert error["Payload"]["errorType"] == "Runtime.ExitError"
    request_id = error["ResponseMetadata"]["RequestId"]
    assert error["Payload"]["errorMessage"] == f"RequestId: {request_id} Error: {ending}"
    assert cloud.result(name) != before, "the next event gets a new worker"


def test_a_worker_killed_from_outside(cloud: LambdaCloud) -> None:
    name = cloud.function(
        "import os, time\ndef handler(event, context):\n    print(os.getpid())\n    time.sleep(20)", Timeout=30
    )
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(cloud.invoke, name)
        pid = eventually(lambda: [line for line in cloud.log_lines(f"/aws/lambda/{name}") if line.isdigit()])[0]
        os.kill(int(pid), signal.SIGKILL)
        error = answer.result(5)["Payload"]
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Runtime exited with error: signal: killed")


def test_time_limit(cloud: LambdaCloud) -> None:
    code = """
        import os, subprocess, time
        def handler(event, context):
            child = subprocess.Popen(["sleep", "60"])
            print("pids", os.getpid(), child.pid)
            time.sleep(60)
    """
    name = cloud.function(code, Timeout=1)
    started = time.monotonic()
    error = cloud.invoke(name)
    assert time.monotonic() - started < 5
    request_id = error["ResponseMetadata"]["RequestId"]
    assert error["Payload"] == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds",
    }
    lines = cloud.log_lines(f"/aws/lambda/{name}")
    assert any(f"{request_id} Task timed out after 1.00 seconds" in line for line in lines)
    pids = next(line for line in lines if line.startswith("pids")).split()[1:]
    for pid in pids:
        eventually(lambda pid=pid: _is_gone(int(pid)))


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with open(f"/proc/{pid}/stat") as status:  # noqa: PTH123 - procfs
        return status.read().rsplit(")", 1)[1].split()[0] == "Z"


def test_memory_limit(cloud: LambdaCloud) -> None:
    code = """
        import time
        def handler(event, context):
            if event:
                held = []
                for _ in range(60):
                    held.append(bytearray(10 * 2**20))
                    time.sleep(0.01)
            return "lived"
    """
    name = cloud.function(code, MemorySize=128)
    answer = cloud.invoke(name, True)
    assert answer["Payload"]["errorType"] == "Runtime.ExitError"
    assert answer["Payload"]["errorMessage"].endswith("Runtime exited with error: signal: killed")
    report = next(line for line in cloud.log_lines(f"/aws/lambda/{name}") if line.startswith("REPORT"))
    assert "Memory Size: 128 MB\tMax Memory Used: 128 MB" in report
    assert cloud.result(name, False) == "lived"
    assert cloud.result(cloud.function(code, MemorySize=1024), True) == "lived"


def test_loading_may_take_longer_than_the_time_limit(cloud: LambdaCloud) -> None:
    name = cloud.function("import time\ntime.sleep(1.5)\ndef handler(event, context): return 'ready'", Timeout=1)
    assert cloud.result(name) == "ready"
