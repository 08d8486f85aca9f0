"""Tells moto's CloudWatch what is measured here, so that GetMetricStatistics and GetMetricData answer with it."""

from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum
from moto.core.common_models import CloudWatchMetricProvider

from pulumi_sandbox.aws.metrics.store import measured


class Measurements(CloudWatchMetricProvider):
    """Moto asks every subclass."""

    @staticmethod
    def get_cloudwatch_metrics(account_id: str, region: str) -> list[Any]:  # noqa: ARG004 - there is one account
        """Return every minute of every metric."""
        return [
            MetricAggregatedDatum(
                namespace=metric.namespace,
                name=metric.name,
                min_stat=minute.least,
                max_stat=minute.most,
                sample_count=minute.count,
                sum_stat=minute.total,
                dimensions=[{"Name": name, "Value": value} for name, value in metric.dimensions],
                timestamp=datetime.fromtimestamp(start, UTC).replace(tzinfo=None),
            )
            for metric, start, minute in measured(region)
        ]
