"""The foundation models and inference profiles that exist, and what an identifier means.

A list as data (`data/foundation_models.json`): an identifier that is not on it is refused, as AWS refuses it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from pulumi_sandbox.durable import open_map

from .rest_json import InvalidRequestError, NotFoundError

_ARN = re.compile(r"arn:aws:bedrock:([a-z0-9-]*):(\d*):([a-z-]+)/(.+)")
_application_profiles = open_map("bedrock.inference_profiles")


@dataclass(frozen=True)
class FoundationModel:
    """A model; `context` and `output` are tokens, `dimensions` (the first is the default) only of an embedding model.

    `body` says which native InvokeModel body it takes ("" if the sandbox does not know it).
    """

    id: str
    name: str
    provider: str
    body: str
    context: int
    on_demand: bool
    profiles: tuple[str, ...]
    input: tuple[str, ...]
    output: int = 0
    dimensions: tuple[int, ...] = ()

    def arn(self, region: str) -> str:
        """Return its ARN in a region ("" for the model behind a global profile)."""
        return f"arn:aws:bedrock:{region}::foundation-model/{self.id}"


@dataclass(frozen=True)
class Invocable:
    """What a model identifier means: a model, directly or through a profile.

    `profile_arn` is None for a model called directly; `model_arns` are all that the caller must be allowed to invoke.
    """

    model: FoundationModel
    profile_arn: str | None
    model_arns: tuple[str, ...]


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return json.loads(files("pulumi_sandbox.aws.services").joinpath("data/foundation_models.json").read_text("utf-8"))


@lru_cache(maxsize=1)
def foundation_models() -> Mapping[str, FoundationModel]:
    """Return every model by its id."""
    return {name: _model(name, details) for name, details in _data()["models"].items()}


def _model(name: str, details: Mapping[str, Any]) -> FoundationModel:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in details.items()}
    return FoundationModel(id=name, **fields)


def destination_regions(geography: str, source: str) -> list[str]:
    """Return the regions that a profile of this geography, called from this region, may run in."""
    return list(dict.fromkeys([source, *_data()["geographies"][geography]]))


def system_profiles(region: str) -> dict[str, tuple[str, FoundationModel]]:
    """Return the inference profiles of AWS's own that a region has: id to geography and model."""
    geographies: Mapping[str, list[str]] = _data()["geographies"]
    return {
        f"{geography}.{model.id}": (geography, model)
        for model in foundation_models().values()
        for geography in model.profiles
        if geography == "global" or region in geographies[geography]
    }


def resolve_model(identifier: str, region: str, account: str) -> Invocable:
    """Return what the identifier of an invocation means: a model id, a profile id, or the ARN of either.

    Raises a ValidationException (unknown, or only invocable through a profile) or a ResourceNotFoundException
    (an application inference profile that is not there).
    """
    kind, name = "", identifier
    if match := _ARN.fullmatch(identifier):
        arn_region, _, kind, name = match.groups()
        if arn_region not in {region, ""}:
            raise InvalidRequestError("The provided model identifier is invalid.")
    if kind == "application-inference-profile":
        return _application_profile(identifier)
    if kind in {"", "inference-profile"} and name in system_profiles(region):
        geography, model = system_profiles(region)[name]
        arns = tuple(model.arn(destination) for destination in destination_regions(geography, region))
        return Invocable(model, f"arn:aws:bedrock:{region}:{account}:inference-profile/{name}", arns)
    model = foundation_models().get(name) if kind in {"", "foundation-model"} else None
    if model is None:
        raise InvalidRequestError("The provided model identifier is invalid.")
    if not model.on_demand:
        raise InvalidRequestError(
            f"Invocation of model ID {name} with on-demand throughput isn\u2019t supported. Retry your request "
            "with the ID or ARN of an inference profile that contains this model."
        )
    return Invocable(model, None, (model.arn(region),))


def _application_profile(arn: str) -> Invocable:
    stored = _application_profiles.get(arn)
    if stored is None:
        raise NotFoundError(f"The inference profile {arn} does not exist.")
    model = foundation_models()[stored["model"]]
    return Invocable(model, arn, tuple(each["modelArn"] for each in stored["models"]))
