"""Policies of SQS queues, each a resource of its own: one attribute of the queue."""

from pulumi_sandbox.aws.handlers import state
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

# Token -> property and the API's attribute.
SETTINGS = {
    "aws:sqs/queuePolicy:QueuePolicy": ("policy", "Policy"),
    "aws:sqs/redrivePolicy:RedrivePolicy": ("redrivePolicy", "RedrivePolicy"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": ("redriveAllowPolicy", "RedriveAllowPolicy"),
}


def _handler(token: str, name: str, attribute: str) -> Handler:
    def put(cloud: Cloud, url: str, value: str) -> None:
        cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={attribute: value})

    def read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
        answer = found(cloud.client("sqs").get_queue_attributes, QueueUrl=resource_id, AttributeNames=["All"])
        value = (answer or {}).get("Attributes", {}).get(attribute)
        if not value:
            return None
        outputs = state.describe(cloud, token, inputs, {"queueUrl": resource_id, name: value})
        return state.resource(token, resource_id, inputs, outputs)

    def create(cloud: Cloud, inputs: Properties) -> Resource:
        put(cloud, inputs["queueUrl"], inputs[name])
        return state.finish(cloud, read, inputs["queueUrl"], inputs)

    def update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
        put(cloud, resource.id, inputs[name])
        return state.finish(cloud, read, resource.id, inputs).outputs

    def delete(cloud: Cloud, resource: Resource) -> None:
        remove(cloud.client("sqs").set_queue_attributes, QueueUrl=resource.id, Attributes={attribute: ""})

    return Handler(create, read, update, delete)


HANDLERS = {token: _handler(token, *setting) for token, setting in SETTINGS.items()}
