"""Distributed maps over what is in S3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.services.own_cloud import unique
from tests.sandbox.states.states_cloud import StatesCloud, machine_of

ADD = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "End": True}
ODD = {
    "StartAt": "Odd",
    "States": {
        "Odd": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "Bad"}],
            "Default": "Good",
        },
        "Bad": {"Type": "Fail", "Error": "Odd"},
        "Good": {"Type": "Succeed"},
    },
}


def bucket_with(cloud: StatesCloud, **files: str) -> str:
    bucket = unique("items")
    cloud.client("s3").create_bucket(Bucket=bucket)
    for name, text in files.items():
        cloud.client("s3").put_object(Bucket=bucket, Key=f"in/{name}", Body=text.encode())
    return bucket


def distributed(processor: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    inner = processor or {"StartAt": "Add", "States": {"Add": ADD}}
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    return {"Type": "Map", "Label": "Each", "ItemProcessor": {**inner, "ProcessorConfig": config}, **more}


def reader(bucket: str, name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": kind, **more},
        "Parameters": {"Bucket": bucket, "Key": f"in/{name}"},
    }


@pytest.mark.parametrize(
    ("kind", "text"), [("JSONL", '{"n": 1}\n{"n": 2}\n{"n": 3}\n'), ("JSON", '[{"n": 1}, {"n": 2}, {"n": 3}]')]
)
def test_records_of_an_object(cloud: StatesCloud, kind: str, text: str) -> None:
    bucket = bucket_with(cloud, records=text)
    execution = cloud.start(cloud.machine(machine_of(("All", distributed(ItemReader=reader(bucket, "records", kind))))))
    assert cloud.ended(execution)["output"] == [{"n": 2}, {"n": 3}, {"n": 4}]
    assert "MapRunSucceeded" in cloud.kinds(execution)
    runs = cloud.states.list_map_runs(executionArn=execution)["mapRuns"]
    run = cloud.states.describe_map_run(mapRunArn=runs[0]["mapRunArn"])
    assert (run["status"], run["itemCounts"]["succeeded"], run["itemCounts"]["failed"]) == ("SUCCEEDED", 3, 0)


def test_rows_of_a_table_and_keys_of_a_bucket(cloud: StatesCloud) -> None:
    bucket = bucket_with(cloud, table="id,name\n1,a\n2,b\n", other="x")
    echo = {"StartAt": "Echo", "States": {"Echo": {"Type": "Pass", "End": True}}}
    csv = reader(bucket, "table", "CSV", CSVHeaderLocation="FIRST_ROW", MaxItems=1)
    assert cloud.result(machine_of(("All", distributed(echo, ItemReader=csv)))) == [{"id": "1", "name": "a"}]
    listing = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": bucket, "Prefix": "in/"}}
    selector = {"key.$": "$$.Map.Item.Value.Key"}
    output = cloud.result(machine_of(("All", distributed(echo, ItemReader=listing, ItemSelector=selector))))
    assert output == [{"key": "in/other"}, {"key": "in/table"}]


def test_batches_and_results_in_s3(cloud: StatesCloud) -> None:
    bucket = bucket_with(cloud, records="\n".join(json.dumps({"n": number}) for number in range(5)))
    echo = {"StartAt": "Echo", "States": {"Echo": {"Type": "Pass", "End": True}}}
    state = distributed(
        echo,
        ItemReader=reader(bucket, "records", "JSONL"),
        ItemBatcher={"MaxItemsPerBatch": 2, "BatchInput": {"who.$": "$.who"}},
        ResultWriter={
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": bucket, "Prefix": "out"},
        },
    )
    output = cloud.result(machine_of(("All", state)), {"who": "me"})
    details = output["ResultWriterDetails"]
    manifest = json.loads(cloud.client("s3").get_object(**details)["Body"].read())
    key = manifest["ResultFiles"]["SUCCEEDED"][0]["Key"]
    results = json.loads(cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    batches = [json.loads(result["Output"]) for result in results]
    assert [len(batch["Items"]) for batch in batches] == [2, 2, 1]
    assert batches[0]["BatchInput"] == {"who": "me"}


def test_failures_are_tolerated_up_to_the_threshold(cloud: StatesCloud) -> None:
    items = {"items": [{"n": 0}, {"n": 1}, {"n": 2}, {"n": 3}]}
    tolerant = machine_of(("All", distributed(ODD, ItemsPath="$.items", ToleratedFailurePercentage=25)))
    assert cloud.result(tolerant, items) == [{"n": 0}, {"n": 2}, {"n": 3}]
    ended = cloud.run(machine_of(("All", distributed(ODD, ItemsPath="$.items"))), items)
    assert ended["error"] == "States.ExceedToleratedFailureThreshold"


def test_the_role_must_be_allowed_to_read(cloud: StatesCloud) -> None:
    bucket = bucket_with(cloud, records='{"n": 1}')
    role = cloud.machine_role([{"Action": "s3:ListBucket", "Resource": "*"}])
    state = distributed(ItemReader=reader(bucket, "records", "JSONL"))
    ended = cloud.run(machine_of(("All", state)), role=role)
    assert ended["error"] == "States.ItemReaderFailed"
    assert "AccessDenied" in ended["cause"]


def test_express_machines_have_no_distributed_maps(cloud: StatesCloud) -> None:
    with pytest.raises(ClientError, match="does not support DISTRIBUTED"):
        cloud.machine(machine_of(("All", distributed())), type="EXPRESS")
