"""Size of the function's archive, and its cold start in the sandbox. Needs `make up`. Prints one JSON line."""

import base64
import json
import re
import statistics
from typing import Any

import boto3

from tools import running_stack

STARTS = 10


def main() -> None:
    """Makes the function start anew several times, by a change of its description, and reads the times it reports."""
    found = running_stack.outputs()
    name = found["patterns"]["request-response"]["function"]
    functions: Any = boto3.client("lambda", region_name=found["region"])
    configuration = functions.get_function_configuration(FunctionName=name)
    variables = configuration["Environment"]["Variables"]
    event = {"version": "2.0", "routeKey": "GET /v1/models", "rawPath": "/v1/models", "headers": {}}
    starts: list[float] = []
    for number in range(STARTS):
        changed = {**variables, "START": str(number)}
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
        report = base64.b64decode(answer["LogResult"]).decode()
        starts.append(float(re.search(r"[Ii]nit ?[Dd]uration(?:Ms)?\D+([\d.]+)", report)[1]))  # type: ignore[index]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    print(
        json.dumps(
            {
                "benchmark": "function",
                "archive_bytes": configuration["CodeSize"],
                "cold_start_median_ms": round(statistics.median(starts), 1),
                "cold_start_max_ms": round(max(starts), 1),
            }
        )
    )


if __name__ == "__main__":
    main()
