"""Jobs and their events in a DynamoDB table: hash key `pk`, range key `sk`, time to live `expires_at` in seconds.

A job is the item `job`; its events are the items `event#000000000`, by their numbers; a part of it, which is a job of
its own, is the item `part#` and the part's name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.aws.payloads import Payloads
from genai_runtime.core.jobs import FINAL, Job, JobKey, Kind, Status
from genai_runtime.core.request import Trace

_FINISHING: Final = {"#status": "status", "#response": "response"}
_OWNED: Final = {"#owner": "owner"}
_FINISH: Final = "SET #status = :status, #response = :response"
_FINAL: Final = {f":final{number}": {"S": status.value} for number, status in enumerate(FINAL)}
_NOT_FINAL: Final = f"attribute_exists(pk) AND NOT #status IN ({', '.join(_FINAL)})"


@dataclass(frozen=True)
class DynamoJobs:
    """Changes jobs by conditional writes, so that of two workers, or a worker and a cancel, only one has its way."""

    table: str
    payloads: Payloads

    def create(self, job: Job) -> Job:
        """Keep a new job and return it, or return the one that already has its key."""
        dynamodb = client("dynamodb")
        item = {
            **item_key(job.key),
            "tenant": {"S": job.key.tenant},
            "user": {"S": job.user},
            "status": {"S": job.status.value},
            "client_request_id": {"S": job.client_request_id},
            "fingerprint": {"S": job.fingerprint},
            "request": self.payloads.pack(job.key, "request", job.request),
            "request_id": {"S": job.trace.request_id},
            "trace_id": {"S": job.trace.trace_id},
            "created_at": {"N": str(job.created_at)},
            "expires_at": {"N": str(job.expires_at)},
            "connection": {"S": job.connection},
            "attempts": {"N": "0"},
            "lease_until": {"N": "0"},
            "kind": {"S": job.kind.value},
        }
        with calling("dynamodb:PutItem"):
            try:
                dynamodb.put_item(
                    TableName=self.table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
                    ExpressionAttributeValues={":now": {"N": str(job.created_at)}},
                )
            except dynamodb.exceptions.ConditionalCheckFailedException:
                pass
            else:
                return job
        return self.get(job.key) or job

    def get(self, key: JobKey) -> Job | None:
        """Return a job as it is now."""
        with calling("dynamodb:GetItem"):
            found = client("dynamodb").get_item(TableName=self.table, Key=item_key(key), ConsistentRead=True)
        return self._job(key, found["Item"]) if "Item" in found else None

    def claim(self, key: JobKey, owner: str, now: float, lease_until: float) -> Job | None:
        """Return the job for `owner` to work on until `lease_until`, or None when it is not to be had."""
        dynamodb = client("dynamodb")
        with calling("dynamodb:UpdateItem"):
            try:
                changed = dynamodb.update_item(
                    TableName=self.table,
                    Key=item_key(key),
                    UpdateExpression="SET #status = :begun, #owner = :owner, lease_until = :until"
                    " ADD attempts :one REMOVE given_up",
                    ConditionExpression="#status = :queued OR given_up = :true OR"
                    " (#status = :begun AND (#owner = :owner OR lease_until < :now))",
                    ExpressionAttributeNames={"#status": "status", **_OWNED},
                    ExpressionAttributeValues={
                        ":begun": {"S": Status.IN_PROGRESS.value},
                        ":queued": {"S": Status.QUEUED.value},
                        ":true": {"BOOL": True},
                        ":owner": {"S": owner},
                        ":until": {"N": str(lease_until)},
                        ":now": {"N": str(now)},
                        ":one": {"N": "1"},
                    },
                    ReturnValues="ALL_NEW",
                )
            except dynamodb.exceptions.ConditionalCheckFailedException:
                return None
        return self._job(key, changed["Attributes"])

    def finish(self, key: JobKey, owner: str | None, status: Status, response: str) -> bool:
        """Make a job final, unless it is final already or another owner's; None stands for any owner."""
        values = {
            ":status": {"S": status.value},
            ":response": self.payloads.pack(key, "response", response),
            **_FINAL,
        }
        if owner is None:
            return self._update(key, _FINISH, _NOT_FINAL, values, _FINISHING)
        owned = {**values, ":owner": {"S": owner}}
        return self._update(key, _FINISH, f"{_NOT_FINAL} AND #owner = :owner", owned, {**_FINISHING, **_OWNED})

    def give_up(self, key: JobKey, response: str) -> bool:
        """Make a job failed for now, unless it is final; another delivery may still be worked on."""
        values = {
            ":status": {"S": Status.FAILED.value},
            ":response": self.payloads.pack(key, "response", response),
            ":true": {"BOOL": True},
            **_FINAL,
        }
        return self._update(key, f"{_FINISH}, given_up = :true", _NOT_FINAL, values, _FINISHING)

    def attach(self, key: JobKey, connection: str) -> None:
        """Push the job's events to this connection from now on."""
        self._update(key, "SET #connection = :to", "attribute_exists(pk)", {":to": {"S": connection}}, _CONNECTION)

    def append(self, key: JobKey, number: int, event: str, expires_at: int) -> None:
        """Keep an event under its sequence number."""
        sort = _event_key(number)
        item = {
            **item_key(key),
            "sk": {"S": sort},
            "event": self.payloads.pack(key, sort, event),
            "expires_at": {"N": str(expires_at)},
        }
        with calling("dynamodb:PutItem"):
            client("dynamodb").put_item(TableName=self.table, Item=item)

    def events(self, key: JobKey, after: int) -> Sequence[tuple[int, str]]:
        """Return the events with a greater sequence number, in order."""
        with calling("dynamodb:Query"):
            pages = (
                client("dynamodb")
                .get_paginator("query")
                .paginate(
                    TableName=self.table,
                    ConsistentRead=True,
                    KeyConditionExpression="pk = :pk AND sk BETWEEN :from AND :to",
                    ExpressionAttributeValues={
                        ":pk": item_key(key)["pk"],
                        ":from": {"S": _event_key(after + 1)},
                        ":to": {"S": _event_key(10**9 - 1)},
                    },
                )
            )
            items = [item for page in pages for item in page["Items"]]
        return [(int(item["sk"]["S"].rpartition("#")[2]), self.payloads.unpack(item["event"])) for item in items]

    def _update(
        self, key: JobKey, change: str, condition: str, values: Mapping[str, Any], names: Mapping[str, str]
    ) -> bool:
        dynamodb = client("dynamodb")
        with calling("dynamodb:UpdateItem"):
            try:
                dynamodb.update_item(
                    TableName=self.table,
                    Key=item_key(key),
                    UpdateExpression=change,
                    ConditionExpression=condition,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                )
            except dynamodb.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def _job(self, key: JobKey, item: Mapping[str, Any]) -> Job:
        return Job(
            key=key,
            user=item["user"]["S"],
            client_request_id=item["client_request_id"]["S"],
            fingerprint=item["fingerprint"]["S"],
            request=self.payloads.unpack(item["request"]),
            trace=Trace(item["request_id"]["S"], item["trace_id"]["S"]),
            created_at=int(item["created_at"]["N"]),
            expires_at=int(item["expires_at"]["N"]),
            status=Status(item["status"]["S"]),
            connection=item["connection"]["S"],
            attempts=int(item["attempts"]["N"]),
            lease_until=float(item["lease_until"]["N"]),
            response=self.payloads.unpack(item["response"]) if "response" in item else "",
            # Jobs of earlier releases have no kind.
            kind=Kind(item.get("kind", {"S": Kind.RESPONSE.value})["S"]),
        )


_CONNECTION: Final = {"#connection": "connection"}


def item_key(key: JobKey) -> dict[str, Any]:
    """Return the key of a job's item."""
    return {"pk": {"S": f"job#{key.tenant}#{key.id}"}, "sk": {"S": f"part#{key.part}" if key.part else "job"}}


def _event_key(number: int) -> str:
    return f"event#{number:09}"
