"""CloudWatch metric alarms."""

from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

_RENAMES = {"name": "AlarmName", "arn": "AlarmArn", "metricQueries": "Metrics", "metricQueries.metric": "MetricStat"}
_METRIC = ("metricName", "namespace", "dimensions")


def _put(cloud: Cloud, inputs: Properties, own_tags: dict[str, str] | None) -> None:
    client = cloud.client("cloudwatch")
    queries = [_query_to_api(client, query) for query in inputs.get("metricQueries") or ()]
    given = {name: value for name, value in inputs.items() if name not in ("metricQueries", "tags")}
    arguments = shapes.arguments(client, "put_metric_alarm", given, _RENAMES)
    client.put_metric_alarm(
        **arguments,
        **({"Metrics": queries} if queries else {}),
        **({"Tags": tags.pairs(own_tags)} if own_tags else {}),
    )


def _query_to_api(client: Any, query: Properties) -> dict[str, Any]:
    """The provider puts a metric's name and dimensions beside its statistic, the API into an object of its own."""
    metric = query.get("metric")
    if metric:
        own = {name: metric[name] for name in _METRIC if metric.get(name)}
        rest = {name: value for name, value in metric.items() if name not in _METRIC}
        query = {**query, "metric": {**rest, "metricIs": own}}
    return shapes.member(
        client,
        "put_metric_alarm",
        "Metrics",
        [query],
        {**_RENAMES, "Metrics.metric": "MetricStat", "Metrics.metric.metricIs": "Metric"},
    )[0]


def _query_from_api(query: dict[str, Any]) -> dict[str, Any]:
    statistic = query.get("MetricStat")
    if not statistic:
        return query
    flat = {**statistic.get("Metric", {}), **{k: v for k, v in statistic.items() if k != "Metric"}}
    return {**query, "MetricStat": flat}


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    if _find(cloud, inputs["name"]) is not None:
        # PutMetricAlarm would overwrite another's alarm in silence.
        raise ValueError(f"name: CloudWatch metric alarm {inputs['name']!r} already exists; choose another name")
    _put(cloud, inputs, inputs.get("tagsAll"))
    return state.finish(cloud, _read, inputs["name"], inputs)


def _find(cloud: Cloud, name: str) -> dict[str, Any] | None:
    answer = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])
    return next(iter(answer["MetricAlarms"]), None)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    alarm = _find(cloud, resource_id)
    if alarm is None:
        return None
    alarm["Metrics"] = [_query_from_api(query) for query in alarm.get("Metrics") or ()]
    own_tags = cloud.client("cloudwatch").list_tags_for_resource(ResourceARN=alarm["AlarmArn"]).get("Tags")
    values: Properties = {
        "treatMissingData": "missing",
        **shapes.properties(ALARM, alarm, _RENAMES),
        **tags.outputs(inputs, tags.from_pairs(own_tags)),
    }
    outputs = state.describe(cloud, ALARM, inputs, values)
    return state.resource(ALARM, resource_id, inputs, outputs)


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, arn = cloud.client("cloudwatch"), resource.outputs["arn"]
    return state.finish(
        cloud,
        _read,
        resource.id,
        inputs,
        lambda: _put(cloud, inputs, None),
        lambda: tags.sync(client, arn, resource.outputs.get("tagsAll"), inputs.get("tagsAll")),
    ).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    remove(cloud.client("cloudwatch").delete_alarms, AlarmNames=[resource.id])


HANDLERS = {ALARM: Handler(_create, _read, _update, _delete)}
