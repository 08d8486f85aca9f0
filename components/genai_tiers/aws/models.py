"""Models on Amazon Bedrock: client-facing names to ids, and ids to the ARNs a role needs to invoke them.

Newer models are only invoked through an inference profile, whose id is the model's with a geography before it. A role
then needs the profile and the model in every region that the profile may route to. AWS adds regions to a geography over
time, so the region is a wildcard within the geography and the statement is bound to the profile by a condition. Source:
Amazon Bedrock user guide, "Prerequisites for inference profiles" and "Supported Regions and models".
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from genai_tiers.model_settings import Model
from genai_tiers.settings import Settings
from genai_tiers.validation import InvalidArgumentsError

CATALOGUE = {
    "nova-micro": ("amazon.nova-micro-v1:0", 128_000),
    "nova-lite": ("amazon.nova-lite-v1:0", 300_000),
    "nova-pro": ("amazon.nova-pro-v1:0", 300_000),
}
"""Name -> (foundation model, context tokens)."""

PRICES_USD = {
    "nova-micro": (0.035, 0.14),
    "nova-lite": (0.06, 0.24),
    "nova-pro": (0.80, 3.20),
}
"""Name -> US dollars for a million tokens read, and for a million written, on demand in us-east-1. Source: Amazon
Bedrock pricing, Amazon Nova, as quoted in May 2026; another region or contract has its own: set the model's prices."""

NANOUSD_PER_USD_PER_MILLION = 1_000
"""A dollar for a million tokens is a thousand billionths of a dollar for one."""

DEFAULT_MODELS = (Model("nova-lite"), Model("nova-micro"))
"""The cheap general model, and a second one for when it is throttled."""

EMBEDDING_MODEL = "amazon.titan-embed-text-v2:0"
"""Invoked on demand in the stack's own region; 256, 512 or 1024 dimensions."""

GEOGRAPHIES = {
    "us": "us-*",
    "eu": "eu-*",
    "apac": "ap-*",
    "jp": "ap-northeast-*",
    "au": "ap-southeast-*",
    "global": "*",
}
"""Prefix of an inference profile -> the regions it routes to."""

REGION_PREFIX_GEOGRAPHY = {"us": "us", "eu": "eu", "ap": "apac"}
"""First part of a region's name -> the geography whose profiles are called from it."""

SMALLEST_CONTEXT_TOKENS = 32_000
"""Assumed of a model that the catalogue does not know and whose context the user has not stated."""


@dataclass(frozen=True)
class BedrockModel:
    """A model that may be invoked: what clients call it, what Bedrock calls it, and how much it reads."""

    name: str
    model_id: str
    context_tokens: int
    input_nanousd_per_token: int
    output_nanousd_per_token: int


def resolve_models(models: Sequence[Model], region: str) -> tuple[BedrockModel, ...]:
    """The allow-list for a region: every model by its own id, or by the inference profile of the region's geography."""
    geography = REGION_PREFIX_GEOGRAPHY.get(region.split("-")[0], "global")
    resolved: list[BedrockModel] = []
    for model in models or DEFAULT_MODELS:
        known_id, known_context = CATALOGUE.get(model.name, ("", SMALLEST_CONTEXT_TOKENS))
        model_id = model.model_id or f"{geography}.{known_id}"
        prices = _nanousd_per_token(model)
        resolved.append(BedrockModel(model.name, model_id, model.context_tokens or known_context, *prices))
    return tuple(resolved)


def _prices_usd(model: Model) -> tuple[float | None, float | None]:
    known: tuple[float | None, float | None] = PRICES_USD.get(model.name, (None, None))
    read, written = model.price_input_usd, model.price_output_usd
    return known[0] if read is None else read, known[1] if written is None else written


def _nanousd_per_token(model: Model) -> tuple[int, int]:
    # A fraction of a billionth counts as a whole one, so that a budget of money is never overrun.
    read, written = (math.ceil(round((usd or 0) * NANOUSD_PER_USD_PER_MILLION, 6)) for usd in _prices_usd(model))
    return read, written


def check_models(component: str, settings: Settings) -> None:
    """Raises `InvalidArgumentsError` for a model that is in no catalogue and has no id, and for one that cannot take
    the longest request that the limits allow."""
    problems = [
        f"models[{index}].name is {model.name!r}: not in the catalogue ({', '.join(CATALOGUE)}); give it a model_id"
        for index, model in enumerate(settings.models)
        if not model.model_id and model.name not in CATALOGUE
    ]
    needed = settings.limits.max_input_tokens + settings.limits.max_output_tokens
    problems += [
        f"models[{index}] {model.name!r} reads {model.context_tokens} tokens: limits.max_input_tokens and"
        f" limits.max_output_tokens together are {needed}; lower them or set the model's context_tokens"
        for index, model in enumerate(resolve_models(settings.models, ""))
        if model.context_tokens <= needed
    ]
    if settings.limits_spend:
        problems += [
            f"models[{index}] {model.name!r} has no price: a limit spend_usd_per_month needs one; set the model's"
            " price_input_usd and price_output_usd"
            for index, model in enumerate(settings.models)
            if None in _prices_usd(model)
        ]
    if problems:
        raise InvalidArgumentsError(component, problems)


def foundation_model_arn(partition: str, region: str, model_id: str) -> str:
    """The ARN of a model itself; it has no account."""
    return f"arn:{partition}:bedrock:{region}::foundation-model/{model_id}"


def invoke_statements(
    model_ids: Sequence[str], partition: str, region: str, account: str, action: str = "bedrock:InvokeModel"
) -> list[dict[str, object]]:
    """IAM statements that allow invoking just these models, with one action: InvokeModel, or
    InvokeModelWithResponseStream where the answer is streamed."""
    statements: list[dict[str, object]] = []
    for model_id in model_ids:
        geography, _, foundation_model = model_id.partition(".")
        if geography not in GEOGRAPHIES:
            statements.append(_invoke(action, [foundation_model_arn(partition, region, model_id)]))
            continue
        profile = f"arn:{partition}:bedrock:{region}:{account}:inference-profile/{model_id}"
        statements.append(_invoke(action, [profile]))
        behind = [foundation_model_arn(partition, GEOGRAPHIES[geography], foundation_model)]
        if geography == "global":
            behind.append(foundation_model_arn(partition, "", foundation_model))
        condition = {"StringEquals": {"bedrock:InferenceProfileArn": profile}}
        statements.append(_invoke(action, behind) | {"Condition": condition})
    return statements


def _invoke(action: str, resources: list[str]) -> dict[str, object]:
    return {"Effect": "Allow", "Action": [action], "Resource": resources}
