"""What the models of a chain's steps must be able to do."""

from genai_tiers.settings import Settings
from genai_tiers.validation import InvalidArgumentsError

from .models import resolve_models


def check_chain(component: str, settings: Settings) -> None:
    """Raises `InvalidArgumentsError` for a chain that has a model's name, for a step whose model is not on the
    allow-list, and for one whose model cannot take the answers of all earlier steps besides the longest request."""
    chain = settings.chain
    if not chain.steps:
        return
    models = {model.name: model for model in resolve_models(settings.models, "")}
    problems: list[str] = []
    if chain.name in models:
        problems.append(f"chain.name is {chain.name!r}: a model has that name; choose another")
    for number, step in enumerate(chain.steps):
        if step.model and step.model not in models:
            problems.append(f"chain.steps[{number}].model is {step.model!r}: expected one of {', '.join(models)}")
    needed = settings.limits.max_input_tokens + len(chain.steps) * settings.limits.max_output_tokens
    # Any model of the list may have to stand in for any other.
    problems += [
        f"chain.steps has {len(chain.steps)} steps: with limits.max_input_tokens and an answer of"
        f" limits.max_output_tokens each, the last one can have {needed} tokens, and {model.name!r} reads"
        f" {model.context_tokens}; leave steps out or lower those limits"
        for model in models.values()
        if model.context_tokens <= needed
    ]
    if problems:
        raise InvalidArgumentsError(component, problems)
