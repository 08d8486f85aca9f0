"""Pattern 6, batch processing: files of requests are answered in bulk while nobody waits.

client -> HTTP API -> a function that keeps the file and the batch -> queue -> worker: checks the file and divides it,
answers the lines of each part through the prompt pipeline, and writes the results in the order of the file. Batches are
also made of objects that an operator drops in the bucket, and by schedules.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from genai_tiers.args import BatchProcessingArgs, Pattern
from genai_tiers.aws.agent import agent_files, with_tools
from genai_tiers.aws.buckets import PrivateBucket, private_bucket
from genai_tiers.aws.budget_alarm import budget_alarm
from genai_tiers.aws.encryption import USE_KEY
from genai_tiers.aws.functions import function
from genai_tiers.aws.iam_roles import allow
from genai_tiers.aws.job_queue import JobQueue, job_queue, take_jobs
from genai_tiers.aws.models import check_models
from genai_tiers.aws.tables import table_name
from genai_tiers.batch_settings import MAX_FILE_BYTES, MAX_UPLOAD_BYTES
from genai_tiers.limits import QUEUE_DELIVERIES
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.refs import BackendRefs, MiddlewareRefs
from genai_tiers.settings import Settings, read_settings
from genai_tiers.tool_code import load_tools

from .batch_triggers import begin_on_arrival, begin_on_schedule
from .http_routes import http_routes
from .job_functions import INTAKE_TIMEOUT_SECONDS
from .own_tiers import own_backend, own_middleware
from .pipeline_access import pipeline_config, pipeline_statements

ROUTES = {
    "file-create": "POST /v1/files",
    "files": "GET /v1/files",
    "file": "GET /v1/files/{id}",
    "file-delete": "DELETE /v1/files/{id}",
    "file-content": "GET /v1/files/{id}/content",
    "create": "POST /v1/batches",
    "batches": "GET /v1/batches",
    "batch": "GET /v1/batches/{id}",
    "cancel": "POST /v1/batches/{id}/cancel",
}
"""Role of the route -> what it answers."""

DAY_SECONDS = 86_400

QUEUE_KEPT_SECONDS = 2 * DAY_SECONDS
"""A batch may take one day; work that waits for longer is for nobody."""

MESSAGE_BYTES = 8_192
"""A bucket's notification has about 1 KB, and the object's name, at most 1,024 bytes that may be escaped to three times
as many."""


@dataclass(frozen=True)
class _Place:
    """What both functions of the pattern work with."""

    children: Children
    settings: Settings
    middleware: MiddlewareRefs
    backend: BackendRefs
    bucket: PrivateBucket
    queue: JobQueue

    def function(
        self,
        role: str,
        handler: str,
        *,
        table_actions: Sequence[str],
        object_actions: Sequence[str],
        queue_actions: Sequence[str],
        timeout_seconds: int,
        max_concurrency: int,
        pipeline: bool = False,
    ) -> aws.lambda_.Function:
        """A function that may do these things to the table of jobs, the bucket's objects and the queue; with `pipeline`
        also what the prompt pipeline does."""
        settings, backend = self.settings, self.backend
        invoke = pulumi.InvokeOptions(parent=self.children.parent)
        jobs_table, key = backend.get("jobs_table", ""), backend["key"]
        config = pipeline_config(
            settings,
            self.middleware,
            backend,
            invoke,
            model_timeout_seconds=settings.limits.background_timeout_seconds,
        )
        config["batch"] = {
            "table": table_name(jobs_table),
            "bucket": self.bucket.name,
            "queue_url": self.queue.queue.url,
            "most_receives": QUEUE_DELIVERIES,
            "max_lines": settings.batch.max_lines,
            "chunk_lines": settings.batch.chunk_lines,
            "max_file_bytes": MAX_FILE_BYTES,
            "max_upload_bytes": MAX_UPLOAD_BYTES,
            "kept_seconds": settings.batch.kept_days * DAY_SECONDS,
        }
        own = [
            allow([f"dynamodb:{action}" for action in table_actions], [jobs_table]),
            allow([f"s3:{action}" for action in object_actions], [pulumi.Output.concat(self.bucket.arn, "/*")]),
            allow([f"sqs:{action}" for action in queue_actions], [self.queue.queue.arn]),
            allow(USE_KEY, [key]),
        ]
        steps = pipeline_statements(settings, self.middleware, backend, invoke) if pipeline else []
        return function(
            self.children,
            role,
            handler=handler,
            config=config,
            statements=[*steps, own],
            key=key,
            timeout_seconds=timeout_seconds,
            max_concurrency=max_concurrency,
            log_retention_days=settings.log_retention_days,
            alarms=settings.alarms,
            network=backend.get("private_network"),
            beside=agent_files(settings),
        )


class AwsBatchProcessing(pulumi.ComponentResource):
    """Creates routes to upload files, make batches of them, look at them and cancel them; a bucket for contents; a
    queue of work with its dead letters and alarms, and a worker; the bucket's notification of dropped objects, and the
    schedules. Tiers that are not given are created, so that it works alone.

    `base_url` is what an OpenAI-compatible client takes. Whoever may write into `bucket` below a tenant's prefix makes
    batches in its name, so that is for operators only.
    """

    base_url: pulumi.Output[str]
    bucket: pulumi.Output[str]
    queue_url: pulumi.Output[str]
    failed_queue_url: pulumi.Output[str]
    worker_name: pulumi.Output[str]

    def __init__(self, name: str, args: BatchProcessingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = f"AwsBatchProcessing {name!r}"
        settings = read_settings(title, args, BatchProcessingArgs)
        check_models(title, settings)
        load_tools(title, settings.tools)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        backend = args.get("backend") or own_backend(children, args, Pattern.BATCH_PROCESSING)
        settings = with_tools(children, settings, args, backend)
        middleware = args.get("middleware") or own_middleware(children, args, backend)
        key, limits = backend["key"], settings.limits
        bucket = private_bucket(
            children,
            "batches",
            key,
            retain_data=settings.retain_data,
            # Contents outlive what is known of them by a day.
            expire_days=settings.batch.kept_days + 1,
        )
        queue = job_queue(
            children,
            key,
            args.get("alarm_topic"),
            visibility_seconds=limits.batch_visibility_seconds,
            kept_seconds=QUEUE_KEPT_SECONDS,
            message_bytes=MESSAGE_BYTES,
            receives=QUEUE_DELIVERIES,
        )
        place = _Place(children, settings, middleware, backend, bucket, queue)
        api = place.function(
            "api",
            "genai_runtime.aws.batch_api.handler",
            table_actions=("GetItem", "PutItem", "Query", "UpdateItem", "DeleteItem"),
            object_actions=("GetObject", "GetObjectVersion", "PutObject", "DeleteObject"),
            queue_actions=("SendMessage",),
            timeout_seconds=INTAKE_TIMEOUT_SECONDS,
            max_concurrency=limits.max_concurrency,
        )
        http_routes(children, "", ROUTES, api, middleware, function_timeout_seconds=INTAKE_TIMEOUT_SECONDS)
        worker = place.function(
            "worker",
            "genai_runtime.aws.batch_worker.handler",
            table_actions=("GetItem", "PutItem", "Query", "UpdateItem"),
            object_actions=("GetObject", "GetObjectVersion", "PutObject"),
            queue_actions=(
                "ReceiveMessage",
                "DeleteMessage",
                "GetQueueAttributes",
                "ChangeMessageVisibility",
                "SendMessage",
            ),
            timeout_seconds=limits.batch_worker_timeout_seconds,
            max_concurrency=settings.batch.max_workers,
            pipeline=True,
        )
        budget_alarm(children, settings, worker, args.get("alarm_topic"))
        take_jobs(children, queue, worker, settings.batch.max_workers)
        begin_on_arrival(children, bucket, queue.queue)
        begin_on_schedule(children, settings.batch.schedules, queue, key)
        self.base_url = pulumi.Output.concat(middleware["api_url"], "/v1")
        self.bucket = bucket.name
        self.queue_url = queue.queue.url
        self.failed_queue_url = queue.failed.url
        self.worker_name = worker.name
        self.register_outputs(dict(self.summary))

    @property
    def summary(self) -> dict[str, pulumi.Output[str]]:
        """What a stack's output says of the pattern."""
        return {
            "base_url": self.base_url,
            "bucket": self.bucket,
            "queue_url": self.queue_url,
            "failed_queue_url": self.failed_queue_url,
            "worker": self.worker_name,
        }
