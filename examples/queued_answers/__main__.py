"""Requests that a queue holds until a worker is free: a pattern on tiers that the program made before, and polled."""

import pulumi

from genai_tiers.args import Mfa
from genai_tiers.aws import AwsBackend, AwsBufferedRequestResponse, AwsFrontend, AwsMiddleware

# The sandbox only: an operator's script signs in without a second factor.
frontend = AwsFrontend("people", {"sign_in": {"mfa": Mfa.OPTIONAL, "admin_sign_in": True}})
backend = AwsBackend("data", {"knowledge": {"shared_documents": "../documents/shared"}})
middleware = AwsMiddleware("gateway", {"frontend": frontend.refs, "key": backend.key})
answers = AwsBufferedRequestResponse(
    "answers",
    {
        "middleware": middleware.refs,
        "backend": backend.refs,
        "models": [{"name": "nova-micro"}],
        "limits": {"background_timeout_seconds": 60, "max_workers": 4},
        "jobs": {"kept_seconds": 3_600},
    },
)
pulumi.export("user_pool_id", frontend.user_pool_id)
pulumi.export("client_id", frontend.client_id)
pulumi.export("api_url", middleware.api_url)
pulumi.export("websocket_url", answers.websocket_url)
pulumi.export("queue_url", answers.queue_url)
pulumi.export("worker", answers.worker_name)
