"""The table of config keys says what the code does: every key, its bounds, its default, its example."""

import re
from typing import Any, get_args, is_typeddict

import pytest
import yaml
from pages import ROOT, code, table

from genai_tiers.args import Pattern, ThreeTierArgs
from genai_tiers.prompts import DEFAULT_PROMPT
from genai_tiers.settings import Settings, read_settings
from genai_tiers.validation import InvalidArgumentsError

ROWS = {code(row["key"])[0]: row for row in table("docs/platform-engineer.md", "Every config key")}
OF_THE_PROGRAM = ("cloud", "region", "tags")
"""Keys that `__main__.py` reads; all others are fields of `ThreeTierArgs`."""

STEP_PROMPT = "[system]\nBe brief.\n[question]\n{{question}}\n"

NEIGHBOURS: dict[str, dict[str, Any]] = {
    "models[]": {"name": "some-model"},
    "batch.schedules[]": {
        "tenant": "tnt_01m85e0bftf0qswwny36f48vfq",
        "object": "scheduled/questions.jsonl",
        "expression": "rate(1 day)",
    },
    "network.existing": {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]},
    "chain.steps[]": {"name": "facts", "prompt": STEP_PROMPT},
    "tenants[]": {"id": "tnt_01m85e0bftf0qswwny36f48vfq"},
    "guardrail.denied_topics[]": {"name": "A topic", "definition": "What it is."},
    "prompt.versions[]": {"version": "2", "text": DEFAULT_PROMPT},
    "tools[]": {"name": "a_tool", "description": "What it does."},
    "tools[].permissions[]": {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::bucket/*"]},
    "prompt": {"versions": [{"version": "2", "text": DEFAULT_PROMPT}]},
}
"""What an object needs besides the field that is tried."""

OF_ONE_FIELD: dict[str, dict[str, Any]] = {
    "knowledge.search_standby": {"vector_store": "search"},
    "knowledge.chunking.max_tokens": {"strategy": "fixed"},
    "knowledge.chunking.overlap_percent": {"strategy": "fixed"},
    "knowledge.chunking.child_tokens": {"strategy": "hierarchical", "max_tokens": 8192, "overlap_tokens": 1},
    "knowledge.chunking.overlap_tokens": {"strategy": "hierarchical", "max_tokens": 8192, "child_tokens": 8191},
    "knowledge.chunking.buffer_sentences": {"strategy": "semantic"},
    "knowledge.chunking.breakpoint_percentile": {"strategy": "semantic"},
}
"""The same, where only this field needs it."""

BESIDES: dict[str, dict[str, Any]] = {
    "jobs.kept_seconds": {"limits": {"background_timeout_seconds": 5}},
    "network.private": {"patterns": ["request-response"]},
    "spend_budget.usd_per_month": {"alarm_topic": "arn:aws:sns:eu-central-1:123456789012:alarms"},
}
"""What else must be set so that the bounds of a key are its own: a job is kept for as long as it may take, of a
budget somebody is told, and nothing is pushed out of a private network."""


def args(key: str, value: Any, beside: dict[str, Any] | None = None) -> dict[str, Any]:
    """Arguments with one field, as deep as its key says, and what is needed beside it."""
    path, _, field = key.rpartition(".")
    if not path:
        return {field: value}
    inner = {**(beside or NEIGHBOURS.get(path, {})), field: value}
    outer, _, _ = path.rpartition("[]")
    return args(outer, [inner]) if path.endswith("[]") else args(path, inner)


def settings(key: str, value: Any) -> Settings:
    return read_settings("Test", {**BESIDES.get(key, {}), **args(key, value, OF_ONE_FIELD.get(key))}, ThreeTierArgs)


def refused(key: str, value: Any) -> bool:
    try:
        settings(key, value)
    except InvalidArgumentsError:
        return True
    return False


def keys_of(kind: Any, prefix: str = "") -> list[str]:
    keys: list[str] = []
    for name, hint in kind.__annotations__.items():
        items = [item for item in get_args(hint) if is_typeddict(item)]
        if items:
            keys += keys_of(items[0], f"{prefix}{name}[].")
        elif is_typeddict(hint):
            keys += keys_of(hint, f"{prefix}{name}.")
        else:
            keys.append(prefix + name)
    return keys


def test_every_key_is_there_and_no_other() -> None:
    assert sorted(ROWS) == sorted([*OF_THE_PROGRAM, *keys_of(ThreeTierArgs)])


def test_the_project_declares_the_same_keys_with_the_same_defaults() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert set(declared) == {re.split(r"[.\[]", key)[0] for key in ROWS}
    for key in ("cloud", "region", "retain_data", "log_retention_days"):
        assert str(declared[key]["default"]).lower() == code(ROWS[key]["default"])[0]


FIELDS = [key for key in ROWS if key not in OF_THE_PROGRAM]
WHOLE = {key: re.match(r"(\d+) to (\d+) ", ROWS[key]["type and bounds"]) for key in FIELDS}
TEXTS = {key: re.match(r"text, at most (\d+) characters", ROWS[key]["type and bounds"]) for key in FIELDS}
LISTS = {key: re.match(r"list of texts, at most (\d+)", ROWS[key]["type and bounds"]) for key in FIELDS}


@pytest.mark.parametrize("key", [key for key, bounds in WHOLE.items() if bounds])
def test_whole_numbers_have_these_bounds(key: str) -> None:
    bounds = WHOLE[key]
    assert bounds
    least, most = int(bounds[1]), int(bounds[2])
    assert not refused(key, least)
    assert not refused(key, most)
    assert refused(key, least - 1)
    assert refused(key, most + 1)
    assert refused(key, str(least))


@pytest.mark.parametrize("key", [key for key, bounds in TEXTS.items() if bounds])
def test_texts_are_at_most_so_long(key: str) -> None:
    bounds = TEXTS[key]
    assert bounds
    most = int(bounds[1])
    start = {"prompt.versions[].text": DEFAULT_PROMPT, "chain.steps[].prompt": STEP_PROMPT}.get(key, "")
    longest = start + "a" * (most - len(start))
    assert not refused(key, longest)
    assert refused(key, longest + "a")


@pytest.mark.parametrize("key", [key for key, bounds in LISTS.items() if bounds])
def test_lists_are_at_most_so_long(key: str) -> None:
    bounds = LISTS[key]
    assert bounds
    most = int(bounds[1])
    assert not refused(key, ["a"] * most)
    assert refused(key, ["a"] * (most + 1))


@pytest.mark.parametrize("key", [key for key in FIELDS if ROWS[key]["type and bounds"].startswith("one of")])
def test_choices_are_these_and_no_others(key: str) -> None:
    choices = [yaml.safe_load(each) for each in code(ROWS[key]["type and bounds"])]
    if not isinstance(choices[0], int):
        choices = code(ROWS[key]["type and bounds"])  # YAML takes `off` for false
    assert not any(refused(key, choice) for choice in choices)
    others = range(1, 2_000) if isinstance(choices[0], int) else ["", "none", "no", "yes"]
    assert not [other for other in others if other not in choices and not refused(key, other)]


def test_patterns_are_these() -> None:
    assert code(ROWS["patterns"]["type and bounds"]) == [pattern.value for pattern in Pattern]


@pytest.mark.parametrize("key", [key for key in FIELDS if ROWS[key]["type and bounds"] == "true or false"])
def test_flags_take_true_and_false_alone(key: str) -> None:
    assert not refused(key, True)
    assert not refused(key, False)
    assert refused(key, "true")


@pytest.mark.parametrize("key", [key for key in FIELDS if "required" in ROWS[key]["type and bounds"].split(", ")])
def test_required_fields_are_required(key: str) -> None:
    assert refused(key, None)


@pytest.mark.parametrize("key", [key for key in FIELDS if "required" not in ROWS[key]["type and bounds"].split(", ")])
def test_other_fields_may_be_left_out(key: str) -> None:
    assert not refused(key, None)


DEFAULTS = {
    key: yaml.safe_load(code(ROWS[key]["default"])[0])
    for key in FIELDS
    if re.fullmatch(r"`[^`]+`", ROWS[key]["default"]) and "[]" not in key
}


@pytest.mark.parametrize("key", DEFAULTS)
def test_defaults_are_these(key: str) -> None:
    found: Any = read_settings("Test", {}, ThreeTierArgs)
    flat = {"jobs.kept_seconds": "jobs_kept_seconds"}
    for name in flat.get(key, key).split("."):
        found = getattr(found, name)
    assert found == DEFAULTS[key]


@pytest.mark.parametrize("key", [key for key in FIELDS if ROWS[key]["example"]])
def test_examples_are_taken(key: str) -> None:
    example = yaml.safe_load(code(ROWS[key]["example"])[0])
    kind = ROWS[key]["type and bounds"]
    assert not refused(key, str(example) if kind.startswith("text") else example)
    assert ROWS[key]["example"] != ROWS[key]["default"]


def test_every_row_is_of_a_kind_that_is_tested() -> None:
    kinds = r"\d+ to \d+ |text|list of|one of |true or false$|a folder, |a TypeID |object of |an SNS topic's ARN$"
    assert [key for key, row in ROWS.items() if not re.match(kinds, row["type and bounds"])] == []
