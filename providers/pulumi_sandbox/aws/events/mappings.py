"""Event source mappings: what moto holds of them, in the form that the pollers read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_sandbox.aws.events.filters import read_patterns
from pulumi_sandbox.aws.moto_backends import existing

DEFAULT_CONCURRENCY = 5
"""Batches at a time: what Lambda begins with; here it does not scale up from that by itself."""


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """One enabled mapping. Numbers of streams are -1 where the API means "no limit"."""

    uuid: str
    function_arn: str
    source_arn: str
    batch_size: int
    window_seconds: int
    patterns: tuple[str, ...]
    reports_failures: bool
    max_concurrency: int = DEFAULT_CONCURRENCY
    max_retries: int = -1
    max_age_seconds: int = -1
    bisects: bool = False
    on_failure: str = ""

    @property
    def region(self) -> str:
        """Region of the source, which is the function's too."""
        return self.source_arn.split(":")[3]

    @property
    def account(self) -> str:
        """Account of the source."""
        return self.source_arn.split(":")[4]

    @property
    def source_name(self) -> str:
        """Name of the queue or table."""
        resource = self.source_arn.split(":", 5)[5]
        return resource.split("/")[1] if "/" in resource else resource


def read_mapping(mapping: Any) -> SourceMapping:
    """Return what the pollers need of a moto ``EventSourceMapping``."""
    scaling: Mapping[str, Any] = mapping.scaling_config or {}
    targets: Mapping[str, Any] = mapping.destination_config or {}
    return SourceMapping(
        uuid=mapping.uuid,
        function_arn=mapping.function_arn,
        source_arn=mapping.event_source_arn,
        batch_size=mapping.batch_size,
        window_seconds=int(mapping.max_batch_window or 0),
        patterns=read_patterns(mapping.filter_criteria),
        reports_failures="ReportBatchItemFailures" in (mapping.function_response_types or ()),
        max_concurrency=int(scaling.get("MaximumConcurrency") or DEFAULT_CONCURRENCY),
        max_retries=-1 if mapping.max_retry_attempts is None else int(mapping.max_retry_attempts),
        max_age_seconds=-1 if mapping.max_record_age is None else int(mapping.max_record_age),
        bisects=bool(mapping.bisect_on_error),
        on_failure=(targets.get("OnFailure") or {}).get("Destination", ""),
    )


def enabled_mappings(service: str) -> list[SourceMapping]:
    """Return the enabled mappings whose source is of a service (``sqs`` or ``dynamodb``); hold moto's state."""
    found: list[SourceMapping] = []
    for unit in existing("lambda"):
        backend: Any = unit.backend
        found += [
            read_mapping(mapping)
            for mapping in backend.list_event_source_mappings(None, None)
            if mapping.enabled and mapping.event_source_arn.split(":")[2] == service
        ]
    return found
