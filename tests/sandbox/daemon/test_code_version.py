from collections.abc import Callable

import pytest
from daemon_fixture import Daemon

from pulumi_sandbox import lifecycle


def test_a_daemon_of_other_code_is_started_again_with_its_state(
    start_daemon: Callable[[], Daemon], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    first = start_daemon()
    first.client("sqs").create_queue(QueueName="kept")
    pid = first.get("/_sandbox/health")["pid"]
    assert start_daemon().get("/_sandbox/health")["pid"] == pid
    monkeypatch.setattr(lifecycle, "code_version", lambda: "another")
    second = start_daemon()
    assert second.endpoint == first.endpoint
    assert second.get("/_sandbox/health")["pid"] != pid
    assert "code has changed" in capfd.readouterr().err
    assert second.client("sqs").get_queue_url(QueueName="kept")
