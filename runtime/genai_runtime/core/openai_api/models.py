"""GET /v1/models and /v1/models/{model}: https://platform.openai.com/docs/api-reference/models."""

from typing import Any

from genai_runtime.core.config import Config, ModelChoice
from genai_runtime.core.openai_api.sampling import answering_names, unknown_model


def list_models(config: Config) -> dict[str, Any]:
    """Return the allow-list, the default model first, and the chain."""
    chains = [_entry(config.chain.name, config)] if config.chain else []
    return {"object": "list", "data": [*(_model(model, config) for model in config.models), *chains]}


def get_model(name: str, config: Config) -> dict[str, Any]:
    """Return one model of the allow-list.

    Raises:
        RefusalError: the model is not on it.
    """
    for model in config.models:
        if model.name == name:
            return _model(model, config)
    if config.chain and config.chain.name == name:
        return _entry(name, config)
    raise unknown_model(name, answering_names(config))


def _model(model: ModelChoice, config: Config) -> dict[str, Any]:
    return {**_entry(model.name, config), "context_tokens": model.context_tokens}


def _entry(name: str, config: Config) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        # Clouds do not say when a model was made; clients only need a number here.
        "created": 0,
        "owned_by": "system",
        "max_input_tokens": config.limits.max_input_tokens,
        "max_output_tokens": config.limits.max_output_tokens,
    }
