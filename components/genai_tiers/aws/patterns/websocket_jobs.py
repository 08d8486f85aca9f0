"""What the patterns share that push their answers over a WebSocket.

client -> WebSocket API (ticket, throttle) -> intake (checks the request, keeps a job) -> worker, asynchronously (the
prompt pipeline) -> the client's connection. Lambda tries a job that failed again. When it has failed for good, the
failure function says so in the job and on the connection, and puts the event into a queue that an alarm watches.
"""

import pulumi
import pulumi_aws as aws

from genai_tiers.aws.budget_alarm import budget_alarm
from genai_tiers.aws.dead_letters import dead_letter_queue
from genai_tiers.aws.iam_roles import allow
from genai_tiers.limits import BACKGROUND_RETRIES

from .conversation_access import look_up
from .job_functions import INTAKE_TIMEOUT_SECONDS, JobPattern, answer_turns, job_function, take_action

FAILURE_TIMEOUT_SECONDS = 10


def create_jobs(
    pattern: JobPattern, alarm_topic: pulumi.Input[str] | None
) -> tuple[aws.lambda_.Function, aws.sqs.Queue]:
    """Creates the functions, the queue of failed jobs with its alarm, and the route. Returns the worker and the
    queue."""
    queue = dead_letter_queue(pattern.children, "failed", pattern.backend["key"], alarm_topic)
    worker = _worker(pattern, _failure(pattern, queue))
    budget_alarm(pattern.children, pattern.settings, worker, alarm_topic)
    take_action(pattern, _intake(pattern, worker))
    return worker, queue


def _intake(pattern: JobPattern, worker: aws.lambda_.Function) -> aws.lambda_.Function:
    return job_function(
        pattern,
        "intake",
        "genai_runtime.aws.intake.handler",
        [[allow(["lambda:InvokeFunction"], [worker.arn])], look_up(pattern.settings, pattern.middleware)],
        timeout_seconds=INTAKE_TIMEOUT_SECONDS,
        max_concurrency=pattern.settings.limits.max_concurrency,
        worker={"function": worker.name},
    )


def _worker(pattern: JobPattern, failure: aws.lambda_.Function) -> aws.lambda_.Function:
    # Lambda calls a destination with the role of the function whose event failed.
    destination = [allow(["lambda:InvokeFunction"], [failure.arn])]
    limits, children = pattern.settings.limits, pattern.children
    worker = job_function(
        pattern,
        "worker",
        "genai_runtime.aws.worker.handler",
        [*answer_turns(pattern), destination],
        timeout_seconds=limits.worker_timeout_seconds,
        max_concurrency=limits.max_concurrency,
        worker={},
    )
    aws.lambda_.FunctionEventInvokeConfig(
        children.named("worker-events"),
        function_name=worker.name,
        maximum_retry_attempts=BACKGROUND_RETRIES,
        maximum_event_age_in_seconds=limits.worker_event_age_seconds,
        destination_config={"on_failure": {"destination": failure.arn}},
        opts=children.options("worker-events"),
    )
    return worker


def _failure(pattern: JobPattern, queue: aws.sqs.Queue) -> aws.lambda_.Function:
    return job_function(
        pattern,
        "failure",
        "genai_runtime.aws.worker_failure.handler",
        [[allow(["sqs:SendMessage"], [queue.arn])]],
        timeout_seconds=FAILURE_TIMEOUT_SECONDS,
        max_concurrency=pattern.settings.limits.max_concurrency,
        worker={"dead_letter_queue_url": queue.url},
    )
