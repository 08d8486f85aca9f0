"""The ports that jobs need, of a deployment on AWS."""

from genai_runtime.aws.dispatch import LambdaDispatcher
from genai_runtime.aws.jobs import DynamoJobs
from genai_runtime.aws.payloads import Payloads
from genai_runtime.aws.ports import aws_conversations
from genai_runtime.aws.push import SocketPush
from genai_runtime.aws.queue_dispatch import QueueDispatcher
from genai_runtime.core.background import Background
from genai_runtime.core.config import Config
from genai_runtime.core.jobs import Dispatcher
from genai_runtime.core.ports import Clock
from genai_runtime.core.settings_reader import ConfigError
from genai_runtime.core.worker import JobPorts, Unconnected


def aws_job_ports(config: Config) -> JobPorts:
    """Return the ports that a deployment's settings name.

    Raises:
        ConfigError: the settings name no place for jobs.
    """
    push = SocketPush(config.websocket_url) if config.websocket_url else Unconnected()
    return JobPorts(_jobs(config), push)


def aws_dispatcher(config: Config) -> Dispatcher:
    """Return what hands jobs to the workers.

    Raises:
        ConfigError: the settings name neither a queue nor a worker.
    """
    worker = config.worker
    if worker and worker.queue_url:
        return QueueDispatcher(worker.queue_url)
    if worker and worker.function:
        return LambdaDispatcher(worker.function)
    raise ConfigError("GENAI_CONFIG.worker names neither a function nor a queue_url: set one of them")


def aws_background(config: Config, clock: Clock) -> Background:
    """Return what makes responses in the background.

    Raises:
        ConfigError: the settings name no place for jobs, or no queue.
    """
    if config.worker is None or not config.worker.queue_url:
        raise ConfigError("GENAI_CONFIG.worker.queue_url is needed here: set it to the URL of the jobs' queue")
    return Background(config, _jobs(config), QueueDispatcher(config.worker.queue_url), clock, aws_conversations(config))


def _jobs(config: Config) -> DynamoJobs:
    if config.jobs is None:
        raise ConfigError("GENAI_CONFIG.jobs is needed here: set it to where jobs are kept")
    return DynamoJobs(config.jobs.table, Payloads(config.jobs.payloads_bucket))
