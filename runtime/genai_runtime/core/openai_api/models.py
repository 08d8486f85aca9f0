"""GET /v1/models and /v1/models/{model}: https://platform.openai.com/docs/api-reference/models."""

from typing import Any

from genai_runtime.core.config import Config, ModelChoice
from genai_runtime.core.openai_api.sampling import unknown_model


def list_models(config: Config) -> dict[str, Any]:
    """Return the allow-list, the default model first."""
    return {"object": "list", "data": [_model(model, config) for model in config.models]}


def get_model(name: str, config: Config) -> dict[str, Any]:
    """Return one model of the allow-list.

    Raises:
        RefusalError: the model is not on it.
    """
    for model in config.models:
        if model.name == name:
            return _model(model, config)
    raise unknown_model(name, [model.name for model in config.models])


def _model(model: ModelChoice, config: Config) -> dict[str, Any]:
    return {
        "id": model.name,
        "object": "model",
        # Clouds do not say when a model was made; clients only need a number here.
        "created": 0,
        "owned_by": "system",
        "context_tokens": model.context_tokens,
        "max_input_tokens": config.limits.max_input_tokens,
        "max_output_tokens": config.limits.max_output_tokens,
    }
