"""Tiers put together one by one, with an OpenID Connect provider in place of the frontend tier."""

import pulumi

from genai_tiers.aws import AwsBackend, AwsMiddleware, AwsRequestResponse

data = AwsBackend("data", {"knowledge": {"shared_documents": "../documents/shared"}})
gateway = AwsMiddleware(
    "gateway",
    {
        "frontend": {"issuer": "https://login.example.com/", "audience": "assistant"},
        "key": data.key,
        "limits": {"requests_per_second": 5},
    },
)
answers = AwsRequestResponse("answers", {"backend": data.refs, "middleware": gateway.refs})
pulumi.export("base_url", answers.base_url)
