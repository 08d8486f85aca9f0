"""The log of model calls: one setting of an account and region."""

from pulumi_sandbox.aws.handlers import shapes, state
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

LOG = "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration"


def _put(cloud: Cloud, inputs: Properties) -> None:
    client = cloud.client("bedrock")
    client.put_model_invocation_logging_configuration(
        **shapes.arguments(client, "put_model_invocation_logging_configuration", inputs)
    )


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    # Nothing tells whose a setting is that is there already: it is overwritten, as upstream does.
    _put(cloud, inputs)
    return state.finish(cloud, _read, cloud.region, inputs)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    answer = cloud.client("bedrock").get_model_invocation_logging_configuration()
    if not answer.get("loggingConfig"):
        return None
    outputs = state.describe(cloud, LOG, inputs, shapes.properties(LOG, answer))
    return state.resource(LOG, resource_id, inputs, outputs)


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    return state.finish(cloud, _read, resource.id, inputs, lambda: _put(cloud, inputs)).outputs


def _delete(cloud: Cloud, _resource: Resource) -> None:
    cloud.client("bedrock").delete_model_invocation_logging_configuration()


HANDLERS = {LOG: Handler(_create, _read, _update, _delete)}
