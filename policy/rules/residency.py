"""Where data and inference are."""

from collections.abc import Iterator
from typing import Any

from known import Unknown, blocks, value_at
from rule import Finding, Resource, Rule, Setting, Severity

PATHS = (
    "location",
    "locationId",
    "region",
)
REPLICAS = ("replicas.regionName", "replicas.region")
MODELS = ("foundationModel", "modelSource.copyFrom", "modelArn", "crossRegionConfig.guardrailProfileIdentifier")
WORLDWIDE = ("global.",)
NO_PLACE = ("global", "aws-global")
"""What stands in place of a region for what has none, such as a web ACL of CloudFront."""
DATA_TYPES_WITH_GLOBAL_LOCATION = ("gcp:vertex/", "gcp:discoveryengine/", "gcp:dataloss/")


def _places(resource: Resource) -> Iterator[tuple[str, Any]]:
    for path in PATHS:
        yield path, resource.properties.get(path)
    yield "the provider's region", resource.provider.get("region")
    for path in REPLICAS:
        outer, _, inner = path.partition(".")
        for block in blocks(resource.properties, outer):
            yield path, value_at(block, inner)
    for place in blocks(resource.properties, "messageStoragePolicy.allowedPersistenceRegions"):
        yield "messageStoragePolicy.allowedPersistenceRegions", place


def _region(resource: Resource) -> Iterator[Finding]:
    allowed = resource.settings["regions"]
    if not allowed:
        return
    permitted = {each.lower() for each in allowed} | ({*NO_PLACE} if _has_no_place(resource) else set())
    for path, place in _places(resource):
        if isinstance(place, Unknown):
            yield place
        elif isinstance(place, str) and place and place.lower() not in permitted:
            yield f"{path} is {place}, which is not on the list: {', '.join(allowed)}"
    for path in MODELS:
        model = value_at(resource.properties, path)
        if isinstance(model, str) and any(f"/{start}" in f"/{model}" for start in WORLDWIDE):
            yield f"{path} is {model!r}, which answers from any region of the world"


def _has_no_place(resource: Resource) -> bool:
    return not resource.type.startswith(DATA_TYPES_WITH_GLOBAL_LOCATION)


RULES = (
    Rule(
        id="region-allowed",
        title="Data and inference stay in allowed regions",
        why="Where data is, is law; a replica or a worldwide profile moves it without a sound.",
        mend="Choose a region of the rule's setting `regions`, or add it there.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM02",),
        types=("aws:*", "gcp:*"),
        check=_region,
        settings={"regions": Setting({"type": "array", "items": {"type": "string"}}, [])},
    ),
)
