"""The state machine of a chain, in the Amazon States Language.

A state a step. What a step throws is named by its class (`genai_runtime.core.chains.failures`): a service at its limit
is asked again after a random wait, a refused request ends the execution well with what was refused as its output, and
everything else fails the execution. So the service's metric of failed executions counts faults, not clients' mistakes.
"""

from collections.abc import Sequence
from typing import Any

from genai_tiers.chain_settings import ChainStep

PROMPT_PREFIX = "chain-"
"""Begins the names of the steps' prompts in the prompt table."""

REFUSED = "Refused"
"""No step can have this name: theirs are in lower case."""

REPEATED = (
    "ChainStepThrottledError",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.SdkClientException",
)
"""Failures that pass. The last two are Lambda's own, which Step Functions' best practices say to repeat."""

RETRY = {
    "ErrorEquals": list(REPEATED),
    "IntervalSeconds": 1,
    "BackoffRate": 2,
    "MaxAttempts": 2,
    "MaxDelaySeconds": 3,
    "JitterStrategy": "FULL",
}
"""The pipeline has tried every model twice by then; two tries more fit into a time that a client waits for."""

CATCH = {"ErrorEquals": ["ChainStepRefusedError"], "Output": "{% $states.errorOutput %}", "Next": REFUSED}


def chain_definition(
    steps: Sequence[ChainStep], default_model: str, function_arn: str, partition: str, timeout_seconds: int
) -> dict[str, Any]:
    """The definition; all steps and their repeats take at most `timeout_seconds`."""
    following = [*(step.name for step in steps[1:]), ""]
    states = {
        step.name: {
            "Type": "Task",
            "Resource": f"arn:{partition}:states:::lambda:invoke",
            "Arguments": {
                "FunctionName": function_arn,
                "Payload": {
                    "step": {
                        "name": step.name,
                        "prompt": f"{PROMPT_PREFIX}{step.name}",
                        "version": step.version,
                        "model": step.model or default_model,
                        "retrieves": step.retrieves,
                        "takes_instructions": step.takes_instructions,
                        "last": not following_name,
                    },
                    "work": "{% $states.input %}",
                },
            },
            "Output": "{% $states.result.Payload %}",
            "TimeoutSeconds": timeout_seconds,
            "Retry": [RETRY],
            "Catch": [CATCH],
            **({"Next": following_name} if following_name else {"End": True}),
        }
        for step, following_name in zip(steps, following, strict=True)
    }
    return {
        "Comment": "Answers a request in steps, each a call of a model that may quote the answers of those before it.",
        "QueryLanguage": "JSONata",
        "StartAt": steps[0].name,
        "TimeoutSeconds": timeout_seconds,
        "States": {**states, REFUSED: {"Type": "Succeed"}},
    }
