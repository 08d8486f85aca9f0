"""DynamoDB streams: records that keep their region and say when an item expired, and are read by ``aws/events``.

Moto invokes Lambda functions inside PutItem, with everything that the stream ever held.
"""

from collections.abc import Callable
from typing import Any

from pulumi_sandbox.aws import arrivals, clock
from pulumi_sandbox.aws.moto_gaps.wrapping import wrap

_EXPIRED_BY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def expiry(table: Any, item: Any) -> float | None:
    """Return when an item expires, in epoch seconds; None when it never does."""
    if table.ttl.get("TimeToLiveStatus") != "ENABLED":
        return None
    value = item.attrs.get(table.ttl["AttributeName"])
    if value is None or value.type != "N":
        return None
    return float(value.value)


def _added(_original: Callable[..., None], shard: Any, old: Any, new: Any) -> None:
    from moto.dynamodb.models.table import StreamRecord

    table = shard.table
    name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    sequence = len(shard.items) + shard.starting_sequence_number
    record: Any = StreamRecord(table, table.stream_specification["StreamViewType"], name, old, new, sequence)
    record.record["awsRegion"] = table.region_name
    moment = expiry(table, old) if name == "REMOVE" else None
    if moment is not None and moment <= clock.now():
        record.record["userIdentity"] = _EXPIRED_BY
    shard.items.append(record)
    arrivals.announce()


def install() -> None:
    """Only add the record."""
    from moto.dynamodb.models.table import StreamShard

    wrap(StreamShard, "add", _added)
