"""A line in the stage's log group for each request, in the form that the stage says."""

import json
import re
import time
import uuid
from collections.abc import Mapping

from pulumi_sandbox.aws import functions
from pulumi_sandbox.aws.functions.log_writer import LogEvent, LogStream
from pulumi_sandbox.aws.gateway.api_model import AccessLog, Api, Stage

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_:-]+)*)")
_STREAM = uuid.uuid4().hex


def render(form: str, values: Mapping[str, object]) -> str:
    """Return one line; a variable that has no value is ``-``. In a JSON form, values are escaped for strings."""
    is_json = form.lstrip().startswith("{")

    def value(found: re.Match[str]) -> str:
        known = values.get(found[1])
        text = "-" if known is None or known == "" else str(known)
        return json.dumps(text, ensure_ascii=False)[1:-1] if is_json else text

    return _VARIABLE.sub(value, form)


def write(api: Api, stage: Stage, log: AccessLog, values: Mapping[str, object]) -> None:
    """Queue a line; the delivery is API Gateway's own, so no role is asked."""
    _, _, _, region, account, _, group, *_ = log.group_arn.split(":")
    name = f"{time.strftime('%Y/%m/%d', time.gmtime())}/{api.id}/{stage.name}/{_STREAM}"
    stream = LogStream(account, region, group, name, role=None)
    functions.log_writer().put(stream, LogEvent(int(time.time() * 1000), render(log.format, values)))
