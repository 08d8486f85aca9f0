"""The ends of parts in the jobs' table: the set `done` of the whole, and the items `part#…` beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.aws.jobs import item_key
from genai_runtime.aws.payloads import Payloads
from genai_runtime.core.fan_outs.results import PartResult, load_result
from genai_runtime.core.jobs import JobKey, Status

_PREFIX = "part#"


@dataclass(frozen=True)
class DynamoParts:
    """What came of the parts of fan-outs."""

    table: str
    payloads: Payloads

    def add_done(self, part: JobKey) -> frozenset[str]:
        """Add a part to the set of those that have ended, and return the set as it is then."""
        with calling("dynamodb:UpdateItem"):
            changed = client("dynamodb").update_item(
                TableName=self.table,
                Key=item_key(part.whole),
                UpdateExpression="ADD done :part",
                ExpressionAttributeValues={":part": {"SS": [part.part]}},
                # Not UPDATED_NEW, which leaves out a set that the part was in already.
                ReturnValues="ALL_NEW",
            )
        return frozenset(changed["Attributes"]["done"]["SS"])

    def results(self, whole: JobKey) -> Mapping[str, PartResult]:
        """Return what is known of every part, by its id."""
        with calling("dynamodb:Query"):
            pages = (
                client("dynamodb")
                .get_paginator("query")
                .paginate(
                    TableName=self.table,
                    ConsistentRead=True,
                    KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                    # Not what was asked, which may be an image.
                    ProjectionExpression="sk, #status, #response",
                    ExpressionAttributeNames={"#status": "status", "#response": "response"},
                    ExpressionAttributeValues={":pk": item_key(whole)["pk"], ":prefix": {"S": _PREFIX}},
                )
            )
            items = [item for page in pages for item in page["Items"]]
        return {
            item["sk"]["S"].removeprefix(_PREFIX): load_result(
                Status(item["status"]["S"]),
                self.payloads.unpack(item["response"]) if "response" in item else "",
            )
            for item in items
        }
