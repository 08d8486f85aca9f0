"""The ports that fan-outs need, of a deployment on AWS."""

from genai_runtime.aws.combine_queue import SqsCombineQueue
from genai_runtime.aws.part_store import DynamoParts
from genai_runtime.aws.part_topic import PartTopic
from genai_runtime.aws.payloads import Payloads
from genai_runtime.core.config import Config
from genai_runtime.core.fan_outs.ports import FanOutPorts
from genai_runtime.core.settings_reader import ConfigError


def aws_fan_out_ports(config: Config) -> FanOutPorts:
    """Return the ports that a deployment's settings name.

    Raises:
        ConfigError: the settings name no fan-outs, or no place for jobs.
    """
    if config.fan_out is None or config.jobs is None:
        raise ConfigError("GENAI_CONFIG.fan_out and GENAI_CONFIG.jobs are needed here: set both")
    return FanOutPorts(
        parts=DynamoParts(config.jobs.table, Payloads(config.jobs.payloads_bucket)),
        publisher=PartTopic(config.fan_out.topic),
        combine_queue=SqsCombineQueue(config.fan_out.combine_queue_url),
    )
