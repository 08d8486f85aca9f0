"""ItemReader: the items of a distributed map that are in S3, read as the machine's role."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from pulumi_sandbox import iam
from pulumi_sandbox.aws.states import flow
from pulumi_sandbox.aws.states.frame import Frame
from pulumi_sandbox.aws.states.integrations import clients_of
from pulumi_sandbox.aws.states.language.errors import ITEM_READER, StateError
from pulumi_sandbox.aws.states.run_states import State

LIST_OBJECTS = "arn:aws:states:::s3:listObjectsV2"


def read_items(state: State, value: Any, frame: Frame) -> list[Any]:
    """Return the items. Raises StateError (ItemReaderFailed)."""
    reader: State = state["ItemReader"]
    config: State = reader.get("ReaderConfig", {})
    where = flow.arguments({"QueryLanguage": flow.language_of(state, frame), **_arguments(reader)}, value, frame)
    client = clients_of(frame.machine)("s3")
    try:
        items = _listed(client, where) if reader["Resource"] == LIST_OBJECTS else _read(client, where, config)
    except (ClientError, iam.AccessDeniedError) as error:
        raise StateError(ITEM_READER, f"Attempting to read from {where}: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(ITEM_READER, f"Attempting to parse {where}: {error!r}") from error
    most = flow.whole_number(config, "MaxItems", value, frame, least=1)
    return items if most is None else items[:most]


def _arguments(reader: State) -> dict[str, Any]:
    return {name: reader[name] for name in ("Parameters", "Arguments") if name in reader}


def _listed(client: Any, where: Mapping[str, Any]) -> list[Any]:
    pages = client.get_paginator("list_objects_v2").paginate(**where)
    return [
        {
            "Etag": found["ETag"],
            "Key": found["Key"],
            "LastModified": int(found["LastModified"].timestamp()),
            "Size": found["Size"],
            "StorageClass": found.get("StorageClass", "STANDARD"),
        }
        for page in pages
        for found in page.get("Contents", ())
    ]


def _read(client: Any, where: Mapping[str, Any], config: State) -> list[Any]:
    text: str = client.get_object(**where)["Body"].read().decode("utf-8-sig")
    match config["InputType"]:
        case "JSON":
            document: Any = json.loads(text)
            if isinstance(document, dict):
                members: dict[str, Any] = document
                return [{"Key": key, "Value": item} for key, item in members.items()]
            if not isinstance(document, list):
                raise TypeError("the document is neither an array nor an object")
            return document
        case "JSONL":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        case "CSV":
            rows = list(csv.reader(io.StringIO(text)))
            header = config["CSVHeaders"] if config.get("CSVHeaderLocation") == "GIVEN" else rows.pop(0)
            return [dict(zip(header, row, strict=False)) for row in rows]
        case other:
            raise ValueError(f"there is no InputType {other}")
