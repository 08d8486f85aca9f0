"""Jobs: answers that are given later. Their table, and the bucket of what is too large for an item of it."""

from typing import Any

import pulumi
import pulumi_aws as aws

from genai_tiers.lineage import Children

from .buckets import PrivateBucket, private_bucket
from .tables import table, table_name

PAYLOAD_DAYS = 8
"""The longest that a job is kept, 7 days, and the day by which S3 may be late."""


def job_store(
    children: Children, key_arn: pulumi.Input[str], *, retain_data: bool
) -> tuple[aws.dynamodb.Table, PrivateBucket]:
    """The table of jobs and their events, and the bucket of large payloads."""
    jobs = table(children, "jobs", ("pk", "sk"), key_arn, retain_data=retain_data, expires=True)
    payloads = private_bucket(children, "payloads", key_arn, retain_data=retain_data, expire_days=PAYLOAD_DAYS)
    return jobs, payloads


def jobs_config(jobs_table: pulumi.Input[str], payloads_bucket: pulumi.Input[str], kept_seconds: int) -> dict[str, Any]:
    """What functions read as `jobs` in GENAI_CONFIG, from the ARNs of the table and the bucket."""
    return {
        "table": table_name(jobs_table),
        "payloads_bucket": pulumi.Output.from_input(payloads_bucket).apply(lambda arn: arn.rpartition(":")[2]),
        "kept_seconds": kept_seconds,
    }


def payload_objects(payloads_bucket: pulumi.Input[str]) -> pulumi.Output[str]:
    """Every object of the bucket, as a policy's resource."""
    return pulumi.Output.concat(payloads_bucket, "/*")
