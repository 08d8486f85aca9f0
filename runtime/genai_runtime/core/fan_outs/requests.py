"""POST /v1/fanouts:

    {
      "parts": [
        {"id": "policy", "modality": "text", "input": "How soon must a lost laptop be reported?"},
        {"id": "badge", "modality": "image", "input": "What does it show?", "image": {"format": "png", "data": "…"}},
        {"id": "fields", "modality": "structured", "input": "…", "schema": {"type": "object", "properties": {…}}}
      ],
      "deadline_seconds": 30,
      "combine": {"rule": "model", "instructions": "Write one paragraph."},
      "metadata": {"ticket": "4711"}
    }

Every part may have a `model`, `instructions`, `max_output_tokens`, `temperature` and `top_p`, as a response has them.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.core.config import Config, FanOutRef, ModalityRef
from genai_runtime.core.errors import refusal
from genai_runtime.core.fan_outs.media import FORMATS, read_media
from genai_runtime.core.fan_outs.plan import PartRef, Plan, Rule
from genai_runtime.core.json_schema import schema_problem
from genai_runtime.core.openai_api.body import Fields
from genai_runtime.core.openai_api.responses import read_metadata
from genai_runtime.core.openai_api.sampling import read_max_tokens, read_temperature, read_top_p
from genai_runtime.core.request import Media, Message, PromptRequest, Sampling

MOST_PARTS: Final = 10
"""Each is a message and an item of its own, written before the request is answered."""
STRUCTURED: Final = "structured"
_PART_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_PART: Final = {"id", "modality", "input", "instructions", "model", "max_output_tokens", "temperature", "top_p"}


@dataclass(frozen=True)
class FanOut:
    """A request, read: its plan, and every part as the client sent it, by its id."""

    plan: Plan
    parts: Mapping[str, str]


def parse(values: Mapping[str, Any], config: Config) -> FanOut:
    """Return the request that a body holds.

    Raises:
        RefusalError: the body has mistakes; every one is named.
    """
    fan_out = fan_out_of(config)
    body = Fields(values)
    body.only({"parts", "deadline_seconds", "combine", "metadata"}, {})
    refs, parts = _read_parts(body, config)
    combine = body.object("combine")
    combine.only({"rule", "instructions"}, {})
    rule = combine.text("rule") or Rule.CONCATENATE.value
    rules = [each.value for each in Rule]
    if rule not in rules:
        combine.note("rule", f"is {rule[:40]!r}; use one of {', '.join(rules)}")
        rule = rules[0]
    instructions = combine.text("instructions") or ""
    if instructions and rule != Rule.MODEL.value:
        combine.note("instructions", f"are for a model; leave them out with the rule {rule!r}", "unsupported_value")
    plan = Plan(
        parts=tuple(refs),
        deadline_seconds=body.integer("deadline_seconds", 1, fan_out.deadline_seconds) or fan_out.deadline_seconds,
        rule=Rule(rule),
        instructions=instructions,
        metadata=read_metadata(body),
    )
    body.done()
    return FanOut(plan, parts)


def parse_part(text: str, config: Config) -> PromptRequest:
    """Return what a part asks that `parse` has accepted.

    Raises:
        RefusalError: the part has mistakes after all, for settings that have changed.
    """
    fields = Fields(json.loads(text), "part")
    prompt = _read_part(fields, config)
    fields.done()
    return prompt


def fan_out_of(config: Config) -> FanOutRef:
    """Return the settings of fan-outs.

    Raises:
        RefusalError: this deployment has none.
    """
    if config.fan_out is None:
        raise refusal("unsupported_value", "This deployment fans no requests out.")
    return config.fan_out


def _read_parts(body: Fields, config: Config) -> tuple[list[PartRef], dict[str, str]]:
    given = body.objects("parts")
    if given is None and body.values.get("parts") is None:
        body.note("parts", "is missing; send a list of parts", "missing_parameter")
    if given is not None and not 1 <= len(given) <= MOST_PARTS:
        body.note("parts", f"has {len(given)} parts; send 1 to {MOST_PARTS}")
        return [], {}
    refs: list[PartRef] = []
    parts: dict[str, str] = {}
    for index, value in enumerate(given or ()):
        fields = body.item("parts", index, value)
        name = fields.text("id") or f"part-{index + 1}"
        if not _PART_ID.fullmatch(name):
            fields.note("id", "must be 1 to 32 small letters, digits, _ and -, a letter or digit first")
        if name in parts:
            fields.note("id", f"is {name[:40]!r} as another part's; give every part its own")
        _read_part(fields, config)
        refs.append(PartRef(name, str(fields.values.get("modality"))))
        parts[name] = json.dumps(value, ensure_ascii=False)
    return refs, parts


def _read_part(fields: Fields, config: Config) -> PromptRequest:
    modalities = {each.name: each for each in fan_out_of(config).modalities}
    name = fields.text("modality")
    modality = modalities.get(name or "")
    if modality is None:
        fields.note("modality", f"is {str(name)[:40]!r}; this deployment takes {', '.join(modalities)}")
        modality = ModalityRef("", ())
    own = {modality.name} if modality.name in FORMATS else {"schema"} if modality.name == STRUCTURED else set[str]()
    if modality.name:
        fields.only(_PART | own, {})
    question = fields.text("input") or ""
    if not question.strip():
        fields.note("input", "is missing or empty; send the question", "missing_parameter")
    media = read_media(fields, modality.name, config) if modality.name in FORMATS else None
    return PromptRequest(
        model=_read_model(fields, modality),
        messages=(Message("user", question),),
        instructions=fields.text("instructions") or "",
        sampling=Sampling(
            max_tokens=read_max_tokens(fields, config, "max_output_tokens"),
            temperature=read_temperature(fields),
            top_p=read_top_p(fields),
        ),
        param=fields.param("input"),
        media=tuple[Media, ...]([media]) if media else (),
        schema=_read_schema(fields) if modality.name == STRUCTURED else "",
    )


def _read_model(fields: Fields, modality: ModalityRef) -> str:
    name = fields.text("model")
    if name is None or not modality.name:
        return modality.models[0] if modality.models else ""
    if name not in modality.models:
        fields.note("model", f"is {name[:80]!r}; for {modality.name} use one of {', '.join(modality.models)}")
    return name


def _read_schema(fields: Fields) -> str:
    if fields.values.get("schema") is None:
        fields.note("schema", "is missing; send the JSON schema of the answer", "missing_parameter")
        return ""
    schema = fields.object("schema").values
    if problem := schema_problem(schema):
        fields.note("schema", problem)
    return json.dumps(schema, ensure_ascii=False)
