"""Entry point of the function that forgets a question when the table has let its cached answer go.

The table's stream tells it of answers that are gone. The function's role needs s3vectors:DeleteVectors on the index;
dynamodb:GetRecords, GetShardIterator, DescribeStream and ListStreams on the stream; sqs:SendMessage on the queue of
what it fails at; kms:Decrypt and kms:GenerateDataKey on their key.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from genai_runtime.aws.cache import PREFIX
from genai_runtime.aws.clients import client
from genai_runtime.aws.failures import calling
from genai_runtime.core.config import parse_expiry_config

_CONFIG: Final = parse_expiry_config(os.environ.get("GENAI_CONFIG"))
_MOST_KEYS: Final = 500
"""Of one call (API reference of S3 Vectors, DeleteVectors)."""


def handler(event: Mapping[str, Any], _: object) -> None:
    """Take a batch of the table's changes. A question that is not in the index is as good as forgotten."""
    gone = [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"] if record["eventName"] == "REMOVE"]
    # What an answer's key ends with is the key of its question.
    keys = sorted({key.removeprefix(PREFIX) for key in gone if key.startswith(PREFIX)})
    for start in range(0, len(keys), _MOST_KEYS):
        with calling("s3vectors:DeleteVectors"):
            client("s3vectors").delete_vectors(indexArn=_CONFIG.index, keys=keys[start : start + _MOST_KEYS])
