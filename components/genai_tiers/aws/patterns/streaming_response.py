"""Pattern 3, streaming response: the answer is pushed over a WebSocket while it is written."""

import pulumi

from genai_tiers.args import Pattern, StreamingResponseArgs
from genai_tiers.aws.agent import with_tools
from genai_tiers.aws.models import check_models
from genai_tiers.aws.websocket_api import TICKETS_PATH
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.settings import read_settings
from genai_tiers.tool_code import load_tools

from .job_functions import Delivery, JobPattern
from .own_tiers import own_backend, own_middleware
from .websocket_jobs import create_jobs

DELIVERY = Delivery(action="response.stream", stream=True, model_action="bedrock:InvokeModelWithResponseStream")


class AwsStreamingResponse(pulumi.ComponentResource):
    """Creates a route of the WebSocket API, and the functions that take a request, work on it and push the
    answer in parts. Tiers that are not given are created, so that it works alone.

    A client posts to `tickets_url` with its token, connects to `websocket_url` with the ticket, and sends `action`.
    What has failed for good is in the queue at `failed_queue_url`.
    """

    tickets_url: pulumi.Output[str]
    websocket_url: pulumi.Output[str]
    action: pulumi.Output[str]
    worker_name: pulumi.Output[str]
    failed_queue_url: pulumi.Output[str]

    def __init__(self, name: str, args: StreamingResponseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = f"AwsStreamingResponse {name!r}"
        settings = read_settings(title, args, StreamingResponseArgs)
        check_models(title, settings)
        load_tools(title, settings.tools)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        backend = args.get("backend") or own_backend(children, args, Pattern.STREAMING_RESPONSE)
        settings = with_tools(children, settings, args, backend)
        middleware = args.get("middleware") or own_middleware(children, args, backend, websocket=True)
        pattern = JobPattern(children, DELIVERY, settings, middleware, backend)
        worker, failed = create_jobs(pattern, args.get("alarm_topic"))
        self.tickets_url = pulumi.Output.concat(middleware["api_url"], TICKETS_PATH)
        self.websocket_url = pulumi.Output.from_input(middleware.get("websocket_url", ""))
        self.action = pulumi.Output.from_input(DELIVERY.action)
        self.worker_name = worker.name
        self.failed_queue_url = failed.url
        self.register_outputs(dict(self.summary))

    @property
    def summary(self) -> dict[str, pulumi.Output[str]]:
        """What a stack's output says of the pattern."""
        return {
            "tickets_url": self.tickets_url,
            "websocket_url": self.websocket_url,
            "action": self.action,
            "worker": self.worker_name,
            "failed_queue_url": self.failed_queue_url,
        }
