"""The ports that jobs need, of a deployment on AWS."""

from genai_runtime.aws.jobs import DynamoJobs
from genai_runtime.aws.payloads import Payloads
from genai_runtime.aws.push import SocketPush
from genai_runtime.core.config import Config, ConfigError
from genai_runtime.core.worker import JobPorts


def aws_job_ports(config: Config) -> JobPorts:
    """Return the ports that a deployment's settings name.

    Raises:
        ConfigError: the settings name no place for jobs, or no WebSocket API.
    """
    if config.jobs is None or not config.websocket_url:
        raise ConfigError("GENAI_CONFIG.jobs and GENAI_CONFIG.websocket_url are needed here: set both")
    jobs = DynamoJobs(config.jobs.table, Payloads(config.jobs.payloads_bucket))
    return JobPorts(jobs, SocketPush(config.websocket_url))
