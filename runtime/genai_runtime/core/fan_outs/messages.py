"""Fan-outs over a WebSocket: `{"action": "fanout.create", "request_id", "fanout": {…}}`, whose `fanout` is the body of
`POST /v1/fanouts`."""

from dataclasses import replace

from genai_runtime.core.config import Config
from genai_runtime.core.fan_outs.accept import Start
from genai_runtime.core.fan_outs.plan import request_of
from genai_runtime.core.fan_outs.ports import FanOutPorts
from genai_runtime.core.fan_outs.requests import parse
from genai_runtime.core.intake import new_job, tell_again, tell_created
from genai_runtime.core.jobs import Kind, Status
from genai_runtime.core.ports import Clock
from genai_runtime.core.socket_exchange import Exchange
from genai_runtime.core.worker import JobPorts


def accept_fan_out(exchange: Exchange, config: Config, ports: JobPorts, fan_outs: FanOutPorts, clock: Clock) -> None:
    """Keep a message's request and have its parts worked on. The same `request_id` again gets the same events again.

    Raises:
        RefusalError: the message has mistakes, or its `request_id` belongs to another request.
        StepError: the fan-out could not be kept or handed over.
    """
    fields = exchange.fields
    fields.only({"action", "request_id", "fanout"}, {})
    if fields.values.get("fanout") is None:
        fields.note("fanout", "is missing; send what the body of POST /v1/fanouts would hold", "missing_parameter")
    body = fields.object("fanout").values
    fields.done()
    fan_out = parse(body, config)
    job = replace(new_job(exchange, body, config, clock), kind=Kind.FAN_OUT, request=fan_out.plan.dump())
    with exchange.steps.step("job"):
        kept = ports.jobs.create(job)
    exchange.record["response_id"] = kept.key.id
    if kept is job:
        tell_created(exchange, job, request_of(job, config), ports)
    else:
        tell_again(exchange, kept, job, ports)
    if kept.status is Status.QUEUED:
        Start(config, ports.jobs, fan_outs).begin(kept, fan_out, exchange.steps)
