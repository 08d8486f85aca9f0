"""Subscriptions and policies of SNS topics."""

import json
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.handlers import state
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.aws.handlers.shapes import text
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
POLICY = "aws:sns/topicPolicy:TopicPolicy"

# In the order in which they are written: a filter policy is judged by the scope that is there already.
_ATTRIBUTES = {
    "filterPolicyScope": "FilterPolicyScope",
    "filterPolicy": "FilterPolicy",
    "deliveryPolicy": "DeliveryPolicy",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}
_FLAGS = {
    "confirmationWasAuthenticated": "ConfirmationWasAuthenticated",
    "pendingConfirmation": "PendingConfirmation",
    "rawMessageDelivery": "RawMessageDelivery",
}
_NOT_TOLD = ("confirmationTimeoutInMinutes", "endpointAutoConfirms", "replayPolicy")


def _attributes(inputs: Properties) -> dict[str, str]:
    return {api: text(inputs[name]) for name, api in _ATTRIBUTES.items() if inputs.get(name) not in (None, "")}


def _subscribe(cloud: Cloud, inputs: Properties) -> Resource:
    answer = cloud.client("sns").subscribe(
        TopicArn=inputs["topic"],
        Protocol=inputs["protocol"],
        Endpoint=inputs["endpoint"],
        Attributes=_attributes(inputs),
        ReturnSubscriptionArn=True,
    )
    return state.finish(cloud, _read_subscription, answer["SubscriptionArn"], inputs)


def _read_subscription(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    answer = found(cloud.client("sns").get_subscription_attributes, SubscriptionArn=resource_id)
    if answer is None:
        return None
    attributes: Mapping[str, str] = answer["Attributes"]
    values: Properties = {name: attributes.get(api) or None for name, api in _ATTRIBUTES.items()}
    values |= {name: attributes.get(api, "").lower() == "true" for name, api in _FLAGS.items()}
    values |= {
        "arn": resource_id,
        "endpoint": attributes["Endpoint"],
        "ownerId": attributes["Owner"],
        "protocol": attributes["Protocol"],
        "topic": attributes["TopicArn"],
    }
    outputs = state.describe(cloud, SUBSCRIPTION, inputs, values, unreadable=_NOT_TOLD)
    return state.resource(SUBSCRIPTION, resource_id, inputs, outputs)


def _update_subscription(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client = cloud.client("sns")
    attributes = _attributes(inputs)
    gone = {
        api: "{}" if name == "filterPolicy" else ""
        for name, api in _ATTRIBUTES.items()
        if resource.outputs.get(name) and not inputs.get(name) and name not in ("filterPolicyScope", *_FLAGS)
    }

    def step(name: str, value: str) -> Any:
        arguments = {"AttributeValue": value} if value else {}
        return lambda: client.set_subscription_attributes(SubscriptionArn=resource.id, AttributeName=name, **arguments)

    steps = [step(name, value) for name, value in {**attributes, **gone}.items()]
    return state.finish(cloud, _read_subscription, resource.id, inputs, *steps).outputs


def _unsubscribe(cloud: Cloud, resource: Resource) -> None:
    remove(cloud.client("sns").unsubscribe, SubscriptionArn=resource.id)


def _default_policy(arn: str) -> str:
    """Return the policy that every topic begins with; a topic cannot be without one."""
    names = (
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    )
    statement = {
        "Effect": "Allow",
        "Sid": "__default_statement_ID",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{name}" for name in names],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": arn.split(":")[4]}},
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


def _put_policy(cloud: Cloud, arn: str, policy: str) -> None:
    cloud.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


def _create_policy(cloud: Cloud, inputs: Properties) -> Resource:
    _put_policy(cloud, inputs["arn"], inputs["policy"])
    return state.finish(cloud, _read_policy, inputs["arn"], inputs)


def _read_policy(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    answer = found(cloud.client("sns").get_topic_attributes, TopicArn=resource_id)
    if answer is None or json.loads(answer["Attributes"]["Policy"]) == json.loads(_default_policy(resource_id)):
        return None
    attributes = answer["Attributes"]
    values = {"arn": resource_id, "owner": attributes["Owner"], "policy": attributes["Policy"]}
    return state.resource(POLICY, resource_id, inputs, state.describe(cloud, POLICY, inputs, values))


def _update_policy(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    _put_policy(cloud, resource.id, inputs["policy"])
    return state.finish(cloud, _read_policy, resource.id, inputs).outputs


def _delete_policy(cloud: Cloud, resource: Resource) -> None:
    remove(
        cloud.client("sns").set_topic_attributes,
        TopicArn=resource.id,
        AttributeName="Policy",
        AttributeValue=_default_policy(resource.id),
    )


HANDLERS = {
    SUBSCRIPTION: Handler(_subscribe, _read_subscription, _update_subscription, _unsubscribe),
    POLICY: Handler(_create_policy, _read_policy, _update_policy, _delete_policy),
}
