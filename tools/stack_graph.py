"""The graph of a stack: every resource, the component it is in, and what it was made of, from the engine's state.

`tools/pulumi stack export --stack S | python -m tools.stack_graph` prints it, to be recorded in tests/refactor/graphs;
docs/cost.md and docs/architecture.svg are made from the record.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT / "tests" / "refactor" / "graphs" / "sandbox-aws.json"
_ENGINES_OWN = ("pulumi:pulumi:Stack", "pulumi:providers:")


@dataclass(frozen=True)
class Node:
    """A resource. `parent` is the component it is in, or empty; `uses` are the resources that its inputs came from.

    `units` is how many of its kind it is billed as, `models` are the ids of those that a role's policy lets it call.
    """

    name: str
    type: str
    parent: str
    uses: tuple[str, ...]
    units: int = 1
    models: tuple[str, ...] = ()


def _metrics(inputs: Mapping[str, Any]) -> int:
    queries: list[Any] = inputs.get("metricQueries") or []
    return sum("metric" in query for query in queries) or 1


def _endpoint_zones(inputs: Mapping[str, Any]) -> int:
    return len(inputs.get("subnetIds") or []) if inputs.get("vpcEndpointType") == "Interface" else 0


UNITS: Mapping[str, Callable[[Mapping[str, Any]], int]] = {
    # What Lambda reads from a table's stream is free; only streams have a position to start from.
    "aws:lambda/eventSourceMapping:EventSourceMapping": lambda inputs: 0 if inputs.get("startingPosition") else 1,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _metrics,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint_zones,
    "aws:opensearch/serverlessCollection:ServerlessCollection": lambda inputs: (
        1 if inputs.get("standbyReplicas") == "DISABLED" else 2
    ),
    "aws:wafv2/webAcl:WebAcl": lambda inputs: 1 + len(inputs.get("rules") or []),
}
"""Types that are billed by something inside them."""


def graph(deployment: Mapping[str, Any]) -> dict[str, Node]:
    """Name -> resource, of an exported stack, in order of names. Raises ValueError when two have one name."""
    resources: list[Any] = [
        each for each in deployment["deployment"]["resources"] if not each["type"].startswith(_ENGINES_OWN)
    ]
    names = {each["urn"]: each["urn"].rpartition("::")[2] for each in resources}
    nodes: dict[str, Node] = {}
    for each in resources:
        name, inputs = names[each["urn"]], each.get("inputs", {})
        if name in nodes:
            raise ValueError(f"two resources are called {name}: {nodes[name].type} and {each['type']}; rename one")
        used = {
            *each.get("dependencies", ()),
            *(urn for of in each.get("propertyDependencies", {}).values() for urn in of),
        }
        nodes[name] = Node(
            name,
            each["type"],
            names.get(each.get("parent", ""), ""),
            tuple(sorted(names[urn] for urn in used if urn in names)),
            UNITS.get(each["type"], lambda _: 1)(inputs),
            _models(inputs.get("policy")),
        )
    return dict(sorted(nodes.items()))


def _models(policy: Any) -> tuple[str, ...]:
    if not isinstance(policy, str) or "bedrock:InvokeModel" not in policy:
        return ()
    statements: list[Any] = json.loads(policy)["Statement"]
    arns = [arn for each in statements if str(each["Action"]).count("bedrock:InvokeModel") for arn in each["Resource"]]
    return tuple(sorted({arn.rpartition("/")[2].removeprefix("us.") for arn in arns}))


def written(nodes: Mapping[str, Node]) -> str:
    """The graph as JSON, a resource a line."""
    lines = [json.dumps(asdict(node), separators=(",", ":")) for node in nodes.values()]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def recorded(path: Path = RECORDED) -> dict[str, Node]:
    """The graph in a file."""
    lines: list[Any] = json.loads(path.read_text())
    return {each["name"]: Node(**each | {name: tuple(each[name]) for name in ("uses", "models")}) for each in lines}


def deployed(stack: str) -> dict[str, Node]:
    """The graph of a stack that is deployed in the sandbox. Ends the program with the mend when it is not."""
    command = [ROOT / "tools" / "pulumi", "stack", "export", "--stack", stack]
    exported = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if exported.returncode:
        raise SystemExit(f"error: the stack {stack} cannot be exported:\n{exported.stderr.strip()}")
    nodes = graph(json.loads(exported.stdout)) if json.loads(exported.stdout)["deployment"].get("resources") else {}
    if not nodes:
        raise SystemExit(f"error: the stack {stack} is not deployed in the sandbox; run `make up STACK={stack}` first")
    return nodes


if __name__ == "__main__":
    print(written(graph(json.load(sys.stdin))), end="")
