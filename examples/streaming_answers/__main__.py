"""Answers that are pushed while they are written: a pattern on a backend that the program made before."""

import pulumi
import pulumi_aws as aws

from genai_tiers.aws import AwsBackend, AwsStreamingResponse

backend = AwsBackend("data", {"knowledge": {"shared_documents": "../documents/shared"}})
operators = aws.sns.Topic("operators", kms_master_key_id=backend.key)
answers = AwsStreamingResponse(
    "answers",
    {
        "backend": backend.refs,
        "models": [{"name": "nova-micro"}],
        "limits": {"background_timeout_seconds": 60},
        "jobs": {"kept_seconds": 3_600},
        "alarm_topic": operators.arn,
        # One stack of an account has to.
        "account_log_role": True,
    },
)
pulumi.export("tickets_url", answers.tickets_url)
pulumi.export("websocket_url", answers.websocket_url)
pulumi.export("action", answers.action)
pulumi.export("worker", answers.worker_name)
