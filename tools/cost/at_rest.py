"""What a stack costs in a month in which nobody asks it anything."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tools.stack_graph import Node

from .prices import Price

POLLS_PER_MONTH = 5 * 3 * 60 * 24 * 30
"""Of one event source mapping on a queue: Lambda holds five connections, each of which asks every 20 seconds. Source:
AWS Lambda developer guide, "Using Lambda with Amazon SQS", and the longest wait of a receive."""

PRICED: Mapping[str, Mapping[str, int]] = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"alarm metric": 1},
    "aws:cloudwatch/dashboard:Dashboard": {"dashboard": 1},
    "aws:kms/key:Key": {"key": 1},
    "aws:lambda/eventSourceMapping:EventSourceMapping": {"queue request": POLLS_PER_MONTH},
    "aws:wafv2/webAcl:WebAcl": {"web ACL": 1, "web ACL rule": 1},
    "aws:secretsmanager/secret:Secret": {"secret": 1},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"interface endpoint": 1},
    "aws:opensearch/serverlessCollection:ServerlessCollection": {"search compute unit": 1},
}
"""Type -> what it is billed as, and how many units a month for each unit of it."""

STORED = (
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:dynamodb/table:Table",
    "aws:dynamodb/tableItem:TableItem",
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/vectorsIndex:VectorsIndex",
    "aws:s3/vectorsVectorBucket:VectorsVectorBucket",
)
"""Types that are billed by what they hold."""

INTERFACE_SERVICES = (
    "bedrock-agent",
    "bedrock-agent-runtime",
    "bedrock-runtime",
    "lambda",
    "s3vectors",
    "sns",
    "sqs",
    "sync-states",
)

FREE_SERVICES = (
    "aws:apigateway",
    "aws:apigatewayv2",
    "aws:appsync",
    "aws:bedrock",
    "aws:bedrockmodel",
    "aws:budgets",
    "aws:cloudfront",
    "aws:cloudwatch/eventRule",
    "aws:cloudwatch/eventTarget",
    "aws:cognito",
    "aws:iam",
    "aws:kms/alias",
    "aws:lambda/function",
    "aws:lambda/permission",
    "aws:lambda/functionEventInvokeConfig",
    "aws:lambda/functionUrl",
    "aws:s3/bucket",
    "aws:scheduler",
    "aws:secretsmanager/secretPolicy",
    "aws:secretsmanager/secretRotation",
    "aws:secretsmanager/secretVersion",
    "aws:sfn",
    "aws:sns",
    "aws:sqs",
    "aws:ec2/routeTable",
    "aws:ssm/parameter",
    "aws:ec2/securityGroup",
    "aws:ec2/subnet:",
    "aws:ec2/vpc:",
    "aws:opensearch/serverlessAccessPolicy",
    "aws:opensearch/serverlessSecurityPolicy",
    "aws:vpc/securityGroup",
    "aws:wafv2/webAclAssociation",
)
"""Beginnings of types that cost nothing until they are used."""

OPTIONS: Mapping[str, str] = {
    "-failing-alarm": "alarms.functions",
    "-questions-expiry-failed-alarm": "cache.semantic",
    "-tokens-alarm": "alarms.tokens_per_day",
    "-budget-alarm": "limits.tenant or tenants[].limits, of tokens or money",
    "-firewall": "web_app.firewall",
    "-search": "knowledge.vector_store",
    **{f"-endpoint-{service}": "network.private" for service in INTERFACE_SERVICES},
}
"""End of a resource's name -> the setting without which it is not there."""


@dataclass(frozen=True)
class Line:
    """Some resources that are billed alike: their names, and how many units they are a month."""

    price: str
    option: str
    names: tuple[str, ...]
    units: int


def at_rest(nodes: Mapping[str, Node]) -> list[Line]:
    """Return what is billed of a stack at rest, in order. Raises ValueError for a type that is neither priced nor free:
    whoever adds one says here what it costs."""
    units: Counter[tuple[str, str]] = Counter()
    names: dict[tuple[str, str], list[str]] = {}
    for node in nodes.values():
        if not node.type.startswith("aws:") or node.type in STORED or not node.units:
            continue
        if node.type not in PRICED:
            if not node.type.startswith(FREE_SERVICES):
                raise ValueError(f"nobody has said what a {node.type} costs ({node.name}): add it to {__name__}")
            continue
        option = next((of for end, of in OPTIONS.items() if node.name.endswith(end)), "")
        for price, each in PRICED[node.type].items():
            count = {"web ACL": 1, "web ACL rule": node.units - 1}.get(price, node.units * each)
            units[option, price] += count
            names.setdefault((option, price), []).append(node.name)
    return [Line(price, option, tuple(names[option, price]), count) for (option, price), count in sorted(units.items())]


def total_usd(lines: list[Line], known: Mapping[str, Price], *, options: bool, allowance: bool) -> float:
    """What the lines cost in a month, with the stack's options or without, with an account's free units or without."""
    units: Counter[str] = Counter()
    for line in lines:
        if options or not line.option:
            units[line.price] += line.units
    return sum(known[price].of(count, allowance=allowance) for price, count in units.items())
