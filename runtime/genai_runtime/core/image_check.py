"""Images of clients before the guardrail. Recordings it cannot judge: what a model tells of one is judged as text."""

from collections.abc import Sequence
from typing import Final

from genai_runtime.core.config import Config
from genai_runtime.core.request import Media, PromptRequest
from genai_runtime.core.run import Run

JUDGED_FORMATS: Final = ("png", "jpeg")
"""What a guardrail of Bedrock takes:
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailImageBlock.html"""


def judged_images(run: Run, request: PromptRequest) -> Sequence[Media]:
    """Return the images that the guardrail has to judge."""
    if run.config.guardrail is None or not run.config.guardrail.images:
        return ()
    return [media for media in request.media if media.kind == "image"]


def takes_image(form: str, config: Config) -> bool:
    """Whether an image of this format may be sent: one that cannot be judged may not where images are."""
    return config.guardrail is None or not config.guardrail.images or form in JUDGED_FORMATS
