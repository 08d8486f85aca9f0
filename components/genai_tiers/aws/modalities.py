"""Which of the models take which modality of a request's parts.

Sources: Amazon Nova user guide, "What is Amazon Nova?" (inputs of the models); for structured answers, which need
tools,
Amazon Bedrock user guide, "Supported models and model features" of Converse.
"""

from genai_tiers.args import Modality
from genai_tiers.model_settings import Model
from genai_tiers.settings import Settings
from genai_tiers.validation import InvalidArgumentsError

from .models import DEFAULT_MODELS

CATALOGUE = {
    "nova-micro": (Modality.TEXT, Modality.STRUCTURED),
    "nova-lite": (Modality.TEXT, Modality.IMAGE, Modality.STRUCTURED),
    "nova-pro": (Modality.TEXT, Modality.IMAGE, Modality.STRUCTURED),
}
"""Name -> what the model takes."""

OF_OTHERS = (Modality.TEXT, Modality.STRUCTURED)
"""Assumed of a model that the catalogue does not know and whose modalities the user has not stated."""


def models_for(modality: Modality, settings: Settings) -> tuple[Model, ...]:
    """The models of the allow-list that take a modality, in their order."""
    return tuple(
        model
        for model in settings.models or DEFAULT_MODELS
        if modality in (model.modalities or CATALOGUE.get(model.name, OF_OTHERS))
    )


def fan_out_modalities(settings: Settings) -> tuple[Modality, ...]:
    """The modalities that the user has chosen, or all that some model takes."""
    return settings.fan_out.modalities or tuple(each for each in Modality if models_for(each, settings))


def check_modalities(component: str, settings: Settings) -> None:
    """Raises `InvalidArgumentsError` for a modality that no model takes."""
    problems = [
        f"fan_out.modalities has {modality.value!r}: no model takes it; add one to models that does, and say so there"
        for modality in fan_out_modalities(settings)
        if not models_for(modality, settings)
    ]
    if problems:
        raise InvalidArgumentsError(component, problems)
