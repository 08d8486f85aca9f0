import copy
import json
from typing import Any

import pytest

from genai_runtime.core.config import parse_config
from genai_runtime.core.settings_reader import ConfigError
from tests.unit.runtime.memory import SETTINGS, settings
from tests.unit.runtime.tool_fixtures import AGENT


def with_value(path: str, value: Any) -> str:
    changed = copy.deepcopy(SETTINGS)
    *parents, last = path.split(".")
    target: Any = changed
    for parent in parents:
        target = target[int(parent)] if parent.isdigit() else target[parent]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return json.dumps(changed)


def test_a_full_configuration_is_read():
    config = settings()
    assert [model.name for model in config.models] == ["small", "large"]
    assert config.limits.max_input_tokens == 500
    assert config.guardrail is not None
    assert config.guardrail.version == "1"


def test_parts_that_may_be_left_out_are_null():
    config = settings(guardrail=None, knowledge_base=None)
    assert config.guardrail is None
    assert config.knowledge_base is None


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("tenant_claim", ..., "GENAI_CONFIG.tenant_claim is missing"),
        ("guardrail", ..., "GENAI_CONFIG.guardrail is missing"),
        ("limits.max_messages", ..., "GENAI_CONFIG.limits.max_messages is missing"),
        ("surprise", 1, "GENAI_CONFIG.surprise is not a setting: remove it, or use one of tenant_claim"),
        ("tables.other", "x", "GENAI_CONFIG.tables.other is not a setting: remove it, or use one of prompts, cache"),
        ("tenant_claim", 7, "GENAI_CONFIG.tenant_claim is 7: expected a string"),
        ("limits", [], r"GENAI_CONFIG.limits is \[\]: expected an object"),
        ("models", {}, "GENAI_CONFIG.models is {}: expected a list"),
        ("models.1.name", None, r"GENAI_CONFIG.models\[1\].name is null: expected a string"),
        ("cache_ttl_seconds", True, "GENAI_CONFIG.cache_ttl_seconds is true: expected an integer"),
        ("cache_ttl_seconds", 1.5, "GENAI_CONFIG.cache_ttl_seconds is 1.5: expected an integer"),
        ("cache_ttl_seconds", -1, "GENAI_CONFIG.cache_ttl_seconds is -1: it must be 0 or more"),
        ("model_timeout_seconds", 0, "GENAI_CONFIG.model_timeout_seconds is 0: it must be 1 or more"),
        ("knowledge_base.results", 0, "GENAI_CONFIG.knowledge_base.results is 0"),
        ("agent", {**AGENT, "max_steps": 1}, "GENAI_CONFIG.agent.max_steps is 1: it must be 2 or more"),
        ("agent", {**AGENT, "tools": [{"name": "x"}]}, r"GENAI_CONFIG.agent.tools\[0\].function is missing"),
        ("models", [], "GENAI_CONFIG.models is empty: name at least one model"),
        ("models.1.name", "small", "GENAI_CONFIG.models names 'small' more than once"),
        ("models.0.context_tokens", 600, r"GENAI_CONFIG.models\[0\].context_tokens is 600: it must exceed .* 600"),
        ("shared_tenant", "a#b", "GENAI_CONFIG.shared_tenant is 'a#b'"),
    ],
)
def test_a_wrong_setting_is_named_with_its_mend(path: str, value: Any, message: str):
    with pytest.raises(ConfigError, match=message):
        parse_config(with_value(path, value))


def test_all_wrong_settings_are_named_at_once():
    with pytest.raises(ConfigError) as caught:
        parse_config('{"models": [{"name": 1}], "other": 1}')
    assert all(
        part in str(caught.value)
        for part in ("models[0].name is 1", "models[0].model_id", "other", "limits is missing")
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "GENAI_CONFIG is not set"), ("", "is not set"), ("{", "is not JSON"), ("[]", "expected an object")],
)
def test_what_is_no_object_is_refused(text: str | None, message: str):
    with pytest.raises(ConfigError, match=message):
        parse_config(text)
