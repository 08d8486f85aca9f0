"""Deletes the items of DynamoDB tables whose time to live has passed, some seconds after it has.

Each is deleted by a request of its own, on the condition that it is still expired: it may be written meanwhile.
"""

import logging
import threading
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pulumi_sandbox.aws import clock
from pulumi_sandbox.aws.events.targets import api_client
from pulumi_sandbox.aws.moto_backends import existing
from pulumi_sandbox.aws.moto_gaps.dynamodb_streams import expiry
from pulumi_sandbox.aws.moto_lock import moto_state

_SWEEP_SECONDS = 5.0
_OLDEST_SECONDS = 5 * 365 * 86_400
"""Items that expired more than five years ago are left alone (DynamoDB developer guide, "Time to Live")."""
_log = logging.getLogger(__name__)


class ExpirySweeper:
    """Looks through all tables with a time to live every few seconds, and when the clock is moved."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="expiry", daemon=True)

    def start(self) -> None:
        """Start sweeping."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sweeping."""
        self._stopping.set()
        clock.wake()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            now = clock.now()
            with moto_state():
                found = [
                    (unit.place, table.name, _key(table, item), table.ttl["AttributeName"])
                    for unit in existing("dynamodb")
                    for table in _tables(unit.backend)
                    for item in table.all_items()
                    if _is_expired(table, item, now)
                ]
            for region, name, key, attribute in found:
                self._delete(region, name, key, attribute, now)
            clock.wait(_SWEEP_SECONDS)

    def _delete(self, region: str, table: str, key: dict[str, Any], attribute: str, now: float) -> None:
        try:
            api_client("dynamodb", region, self._endpoint).delete_item(
                TableName=table,
                Key=key,
                ConditionExpression="#ttl <= :now",
                ExpressionAttributeNames={"#ttl": attribute},
                ExpressionAttributeValues={":now": {"N": str(int(now))}},
            )
        except (ClientError, BotoCoreError) as error:
            _log.info("the expired item %s of %s stays: %s", key, table, error)


def _tables(backend: Any) -> list[Any]:
    return [table for table in backend.tables.values() if table.ttl.get("TimeToLiveStatus") == "ENABLED"]


def _is_expired(table: Any, item: Any, now: float) -> bool:
    moment = expiry(table, item)
    return moment is not None and now - _OLDEST_SECONDS < moment <= int(now)


def _key(table: Any, item: Any) -> dict[str, Any]:
    key = {table.hash_key_attr: item.hash_key.to_json()}
    if table.range_key_attr:
        key[table.range_key_attr] = item.range_key.to_json()
    return key
