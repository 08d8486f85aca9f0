"""One pattern, on its own: it brings the tiers that it needs."""

import pulumi

from genai_tiers.aws import AwsRequestResponse

answers = AwsRequestResponse(
    "answers",
    {
        "models": [{"name": "nova-micro"}],
        "knowledge": {"shared_documents": "../documents/shared"},
        "limits": {"max_output_tokens": 256},
    },
)
pulumi.export("base_url", answers.base_url)
