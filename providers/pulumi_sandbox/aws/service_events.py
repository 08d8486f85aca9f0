"""Events that AWS services put on the default event bus of their region."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pulumi_sandbox.aws.role_clients import deployer_client

_log = logging.getLogger(__name__)


def put_event(source: str, detail_type: str, resource_arn: str, detail: Mapping[str, Any], endpoint: str) -> None:
    """Put one event about a resource. A failure is logged: what happened does not depend on who hears of it."""
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": [resource_arn]}
    try:
        deployer_client("events", resource_arn.split(":")[3], endpoint).put_events(Entries=[entry])
    except (ClientError, BotoCoreError) as error:
        _log.warning("the event %s of %s is not put: %s", detail_type, resource_arn, error)
