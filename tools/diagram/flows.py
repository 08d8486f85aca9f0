"""Who hands work or data to whom, as the state tells it: by routes, roles, event sources, subscriptions and events."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tools.stack_graph import Node

FUNCTION = "aws:lambda/function:Function"
QUEUE = "aws:sqs/queue:Queue"
TABLE = "aws:dynamodb/table:Table"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
TOPIC = "aws:sns/topic:Topic"
API = "aws:apigatewayv2/api:Api"
GRAPHQL = "aws:appsync/graphQLApi:GraphQLApi"
BUCKET = "aws:s3/bucket:Bucket"
MODELS = "models"
"""Stands for the models, which are no resources of the stack."""

DRAWN: Mapping[str, str] = {
    FUNCTION: "λ",
    QUEUE: "SQS",
    TOPIC: "SNS",
    API: "API",
    BUCKET: "S3",
    GRAPHQL: "GQL",
    "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase": "KB",
    "aws:bedrock/guardrail:Guardrail": "GR",
    "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration": "LOG",
    "aws:cloudfront/distribution:Distribution": "CDN",
    "aws:cognito/userPool:UserPool": "ID",
    TABLE: "DB",
    "aws:kms/key:Key": "KEY",
    "aws:s3/vectorsIndex:VectorsIndex": "VEC",
    "aws:scheduler/schedule:Schedule": "SCH",
    "aws:sfn/stateMachine:StateMachine": "SFN",
    "aws:wafv2/webAcl:WebAcl": "WAF",
}
"""Types that are drawn, and what stands in their icon; all others are settings of these."""

_FROM_FIRST_TO_SECOND: Mapping[str, tuple[str, str]] = {
    "aws:s3/bucketNotification:BucketNotification": (BUCKET, QUEUE),
    MAPPING: (QUEUE, FUNCTION),
    "aws:appsync/dataSource:DataSource": (GRAPHQL, FUNCTION),
}
"""Types that join two others -> from which to which."""

_DIRECT = {
    "aws:scheduler/schedule:Schedule",
    "aws:cloudfront/distribution:Distribution",
    "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase",
}
"""Types whose own inputs say what they hand on to."""


@dataclass
class Flows:
    """`edges` are pairs of names; `dead_letters` are queues of what failed, by what fails into them."""

    nodes: Mapping[str, Node]
    edges: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    dead_letters: dict[str, str] = field(default_factory=dict[str, str])

    def of_type(self, names: tuple[str, ...], kind: str) -> list[str]:
        """Those of `names` that are of a type."""
        return [name for name in names if name in self.nodes and self.nodes[name].type == kind]


def flows(nodes: Mapping[str, Node]) -> Flows:
    """Return the flows of a stack."""
    found = Flows(nodes)
    consumed = {
        name
        for node in nodes.values()
        if node.type == MAPPING and not found.of_type(node.uses, TABLE)
        for name in found.of_type(node.uses, QUEUE)
    }
    for node in nodes.values():
        found.edges.update(_joined(found, node))
        if node.type == "aws:sns/topicSubscription:TopicSubscription":
            [topic] = found.of_type(node.uses, TOPIC)
            for queue in found.of_type(node.uses, QUEUE):
                if queue in consumed:
                    found.edges.add((topic, queue))
                else:
                    found.dead_letters[queue] = topic
        if node.type == MAPPING and found.of_type(node.uses, TABLE):
            [worker] = found.of_type(node.uses, FUNCTION)
            found.dead_letters.update(dict.fromkeys(found.of_type(node.uses, QUEUE), worker))
        if node.type == QUEUE:
            found.dead_letters.update(dict.fromkeys(found.of_type(node.uses, QUEUE), node.name))
    owners = _owners_of_roles(nodes)
    for node in nodes.values():
        if node.type == "aws:iam/rolePolicy:RolePolicy":
            found.edges.update(_permitted(found, node, owners))
    found.edges.update(_routed(nodes))
    _without_returns(found)
    return found


def _joined(found: Flows, node: Node) -> Iterator[tuple[str, str]]:
    if node.type in _FROM_FIRST_TO_SECOND:
        first, second = _FROM_FIRST_TO_SECOND[node.type]
        if node.type == MAPPING and found.of_type(node.uses, TABLE):
            # A table's stream; the queue is of what fails.
            first = TABLE
        for one in found.of_type(node.uses, first):
            for other in found.of_type(node.uses, second):
                yield one, other
    if node.type in _DIRECT:
        for used in node.uses:
            if found.nodes[used].type in DRAWN and found.nodes[used].type != "aws:kms/key:Key":
                yield node.name, used


def _owners_of_roles(nodes: Mapping[str, Node]) -> dict[str, str]:
    """Role -> the function or state machine that has it."""
    owned = (FUNCTION, "aws:sfn/stateMachine:StateMachine")
    return {
        used: node.name
        for node in nodes.values()
        if node.type in owned
        for used in node.uses
        if nodes[used].type == "aws:iam/role:Role"
    }


def _permitted(found: Flows, policy: Node, owners: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a role may use, its owner uses."""
    roles = found.of_type(policy.uses, "aws:iam/role:Role")
    owner = next((owners[role] for role in roles if role in owners), None)
    if owner is None:
        return
    for used in policy.uses:
        if found.nodes[used].type in DRAWN and used != owner:
            yield owner, used
    if policy.models:
        yield owner, MODELS


def _routed(nodes: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    """API -> function, by a route and its integration, or by an authorizer."""
    for node in nodes.values():
        if node.type in ("aws:apigatewayv2/route:Route", "aws:apigatewayv2/authorizer:Authorizer"):
            apis = [name for name in node.uses if nodes[name].type == API]
            targets = {name for name in node.uses if nodes[name].type == FUNCTION}
            for integration in node.uses:
                if nodes[integration].type == "aws:apigatewayv2/integration:Integration":
                    targets |= {name for name in nodes[integration].uses if nodes[name].type == FUNCTION}
            for api in apis:
                for target in targets:
                    yield api, target


def _without_returns(found: Flows) -> None:
    """A function may also delete what it takes from a queue, and read what a bucket tells of: that is the same way."""
    sources = {one for one, other in found.edges if found.nodes[one].type in (QUEUE, BUCKET) and other in found.nodes}
    taken = {(other, one) for one, other in found.edges if one in sources}
    told = {one for one in sources if found.nodes[one].type == BUCKET}
    found.edges -= taken
    found.edges = {
        (one, other) for one, other in found.edges if not (other in told and found.nodes[one].type == FUNCTION)
    }
