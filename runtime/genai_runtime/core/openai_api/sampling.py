"""Reads what both APIs call alike: the model, and how it shall generate."""

from typing import Final

from genai_runtime.core.config import Config
from genai_runtime.core.errors import refusal
from genai_runtime.core.openai_api.body import Fields

# Parameters of both APIs that change nothing in the answer.
IGNORED: Final = frozenset(
    {
        "metadata",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "seed",
        "service_tier",
        "store",
        "user",
    }
)
FUNCTIONS: Final = "send tools and tool_choice"


def read_model(body: Fields, config: Config) -> str:
    """Return the name of the model or chain that is asked for, the first of the allow-list by default.

    Raises:
        RefusalError: the model is not on the allow-list.
    """
    name = body.text("model")
    names = answering_names(config)
    if name is None:
        return names[0]
    if name not in names:
        raise unknown_model(name, names)
    return name


def answering_names(config: Config) -> list[str]:
    """Return what clients may name as the model: the allow-list, the default first, and the chain."""
    return [*(model.name for model in config.models), *([config.chain.name] if config.chain else [])]


def unknown_model(name: str, names: list[str]) -> Exception:
    """Return the refusal of a model that is not on the allow-list."""
    return refusal(
        "model_not_found",
        f"The model {name[:80]!r} does not exist here; use one of {', '.join(names)}.",
        "model",
    )


def read_max_tokens(body: Fields, config: Config, *names: str) -> int:
    """Return the most tokens to generate, the limit by default; the first of `names` that is given decides."""
    limit = config.limits.max_output_tokens
    given = [body.integer(name, 1, limit) for name in names]
    return next((value for value in given if value is not None), limit)


def read_temperature(body: Fields) -> float | None:
    """Return the temperature; the models behind take 0 to 1, where OpenAI's go to 2."""
    return body.number("temperature", 0, 1)


def read_top_p(body: Fields) -> float | None:
    """Return the probability mass of nucleus sampling."""
    return body.number("top_p", 0, 1)


def read_text_format(body: Fields, name: str) -> None:
    """Note a response format that is not plain text."""
    form = body.object(name)
    kind = form.values.get("type", "text")
    if kind != "text":
        form.note("type", f"is {str(kind)[:40]!r}; only 'text' is supported", "unsupported_value")


def read_stop(body: Fields) -> tuple[str, ...]:
    """Return up to four stop sequences, given as a string or an array of strings."""
    value = body.get("stop", (str, list), "a string or an array of strings")
    stop: list[object] = [value] if isinstance(value, str) else list(value or ())
    if len(stop) > 4:
        body.note("stop", f"has {len(stop)} sequences; the limit is 4")
    texts = [text for text in stop if isinstance(text, str) and text]
    if len(texts) < len(stop):
        body.note("stop", "must hold strings that are not empty", "invalid_type")
    return tuple(texts)
