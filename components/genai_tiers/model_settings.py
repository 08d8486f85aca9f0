"""The settings of the models, in the argument `models`."""

from dataclasses import dataclass

from .choices import Modality
from .validation import Reader, finish_all, unique


@dataclass(frozen=True)
class Model:
    """A model of the allow-list; an empty `model_id` is resolved from the catalogue, 0 context tokens, no modalities
    and a price of None likewise. Prices are in US dollars for a million tokens."""

    name: str
    model_id: str = ""
    context_tokens: int = 0
    modalities: tuple[Modality, ...] = ()
    price_input_usd: float | None = None
    price_output_usd: float | None = None


def read_models(reader: Reader) -> tuple[Model, ...]:
    """The settings in the argument `models`."""
    readers = reader.many("models")
    models = tuple(
        Model(
            name=each.required_text("name", pattern=r"[a-z0-9][a-z0-9._-]{0,62}", expected="a name such as nova-lite"),
            model_id=each.text("model_id", pattern=r"[A-Za-z0-9][A-Za-z0-9.:/_@-]{2,255}", expected="a model's id"),
            context_tokens=each.whole("context_tokens", 0, 1_000, 10_000_000, "tokens"),
            modalities=read_modalities(each),
            price_input_usd=_price(each, "price_input_usd"),
            price_output_usd=_price(each, "price_output_usd"),
        )
        for each in readers
    )
    finish_all(readers)
    unique(reader.problems, "models", [model.name for model in models], "name")
    return models


def _price(reader: Reader, key: str) -> float | None:
    price = reader.number(key, 0, 0, 10_000, "US dollars")
    return None if reader.raw.get(key) is None else price


def read_modalities(reader: Reader) -> tuple[Modality, ...]:
    """Those that are named; none where that is left to the catalogue."""
    named = reader.choices("modalities", tuple(Modality))
    return named if reader.raw.get("modalities") is not None else ()
