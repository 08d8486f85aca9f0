"""Calls of backends that the sandbox makes without a request: the change is noted, so that it is written."""

from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws.moto_gaps.wrapping import wrap


def _noting(service: str) -> Callable[..., Any]:
    def noted(original: Callable[..., Any], backend: Any, *arguments: Any, **named: Any) -> Any:
        from pulumi_sandbox.aws.changes import note_change

        result = original(backend, *arguments, **named)
        note_change(service, backend.account_id, backend.region_name)
        return result

    return noted


def install() -> None:
    """Note what deliveries, logs and role sessions change, whoever makes them."""
    from moto.iam.models import IAMBackend
    from moto.logs.models import LogsBackend
    from moto.sns.models import SNSBackend
    from moto.sqs.models import SQSBackend
    from moto.sts.models import STSBackend

    for name in ("create_log_group", "create_log_stream", "put_log_events"):
        wrap(LogsBackend, name, _noting("logs"))
    for name in ("send_message", "receive_message", "delete_message", "change_message_visibility"):
        wrap(SQSBackend, name, _noting("sqs"))
    wrap(SNSBackend, "publish", _noting("sns"))
    wrap(STSBackend, "assume_role", _noting("sts"))
    wrap(IAMBackend, "create_temp_access_key", _noting("iam"))
