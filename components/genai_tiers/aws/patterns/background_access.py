"""What functions are told that work with the queue of pattern 4, and what they may do to hand jobs to it."""

from collections.abc import Mapping
from typing import Any

import pulumi

from genai_tiers.aws.encryption import USE_KEY
from genai_tiers.aws.iam_roles import Statement, allow
from genai_tiers.aws.jobs import jobs_config, payload_objects
from genai_tiers.limits import QUEUE_DELIVERIES
from genai_tiers.refs import BackgroundRefs
from genai_tiers.settings import Settings

from .job_functions import worker_config


def queue_config(queue_url: pulumi.Input[str]) -> Mapping[str, pulumi.Input[str] | int]:
    """The settings of a worker that takes jobs from a queue, as the runtime reads them."""
    return {"queue_url": queue_url, "most_receives": QUEUE_DELIVERIES}


def send_jobs(queue: pulumi.Input[str]) -> list[Statement]:
    """What a role needs to hand jobs to a queue."""
    return [allow(["sqs:SendMessage"], [queue])]


def background_config(background: BackgroundRefs, settings: Settings) -> dict[str, Any]:
    """What a function of another pattern is told, so that it takes requests for the queue."""
    return {
        "jobs": jobs_config(background["jobs_table"], background["payloads_bucket"], settings.jobs_kept_seconds),
        "worker": worker_config(settings, stream=False, worker=queue_config(background["queue_url"])),
    }


def background_statements(background: BackgroundRefs, key: pulumi.Input[str]) -> list[Statement]:
    """What its role needs for that."""
    return [
        *send_jobs(background["queue"]),
        allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [background["jobs_table"]]),
        allow(["s3:GetObject", "s3:PutObject"], [payload_objects(background["payloads_bucket"])]),
        allow(USE_KEY, [key]),
    ]
