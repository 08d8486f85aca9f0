"""CloudWatch dashboards."""

from pulumi_sandbox.aws.handlers import state
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"


def _put(cloud: Cloud, inputs: Properties) -> None:
    cloud.client("cloudwatch").put_dashboard(
        DashboardName=inputs["dashboardName"], DashboardBody=inputs["dashboardBody"]
    )


def _create(cloud: Cloud, inputs: Properties) -> Resource:
    name = inputs["dashboardName"]
    if found(cloud.client("cloudwatch").get_dashboard, DashboardName=name):
        # PutDashboard would overwrite another's dashboard in silence.
        raise ValueError(f"dashboardName: CloudWatch dashboard {name!r} already exists; choose another name")
    _put(cloud, inputs)
    return state.finish(cloud, _read, name, inputs)


def _read(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    answer = found(cloud.client("cloudwatch").get_dashboard, DashboardName=resource_id)
    if answer is None:
        return None
    values = {
        "dashboardArn": answer["DashboardArn"],
        "dashboardBody": answer["DashboardBody"],
        "dashboardName": answer["DashboardName"],
    }
    return state.resource(DASHBOARD, resource_id, inputs, state.describe(cloud, DASHBOARD, inputs, values))


def _update(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    return state.finish(cloud, _read, resource.id, inputs, lambda: _put(cloud, inputs)).outputs


def _delete(cloud: Cloud, resource: Resource) -> None:
    remove(cloud.client("cloudwatch").delete_dashboards, DashboardNames=[resource.id])


HANDLERS = {DASHBOARD: Handler(_create, _read, _update, _delete)}
