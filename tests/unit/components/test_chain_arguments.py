"""Chains: what arguments are refused, and the state machine that is made of the others."""

import dataclasses
import json
from typing import Any

import pytest
from cfnlint.api import lint
from moto.stepfunctions.parser.asl.parse.asl_parser import ASLParserException
from moto.stepfunctions.parser.asl.static_analyser.express_static_analyser import ExpressStaticAnalyser

from genai_runtime.core.chains import failures
from genai_runtime.core.chains.work import Step
from genai_tiers.args import RequestResponseArgs, ThreeTierArgs
from genai_tiers.aws.chain_definition import REPEATED, chain_definition
from genai_tiers.aws.chain_models import check_chain
from genai_tiers.chain_settings import Chain
from genai_tiers.settings import read_settings
from genai_tiers.validation import InvalidArgumentsError

FIRST = "[system]\nCollect facts.\n[passage]\n{{passage}}\n[question]\n{{question}}\n"
SECOND = "[system]\nAnswer. {{instructions}}\n[question]\n{{facts}}\n{{question}}\n"
STEPS = [{"name": "facts", "prompt": FIRST}, {"name": "answer", "prompt": SECOND, "model": "nova-micro"}]
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:chain-step"


def read(steps: list[dict[str, Any]], **more: Any) -> Chain:
    return read_settings("Test", {"chain": {"steps": steps}, **more}, ThreeTierArgs).chain


def definition() -> dict[str, Any]:
    return chain_definition(read(STEPS).steps, "nova-lite", FUNCTION, "aws", 25)


def problems(steps: list[dict[str, Any]], **more: Any) -> str:
    with pytest.raises(InvalidArgumentsError) as raised:
        read(steps, **more)
    return "\n".join(raised.value.problems)


def step(name: str, question: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "prompt": f"[system]\nBe brief.\n[question]\n{question}\n", **more}


def test_a_step_retrieves_and_takes_instructions_where_its_prompt_has_a_place_for_them() -> None:
    facts, answer = read(STEPS).steps
    assert (facts.retrieves, facts.takes_instructions) == (True, False)
    assert (answer.retrieves, answer.takes_instructions) == (False, True)
    assert facts.version != answer.version


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([step("facts", "Why?")], r"[question] has no placeholder; use question"),
        ([step("facts", "{{question}} {{answer}}")], r"section [question] has no placeholder {{answer}}"),
        ([step("facts", "{{question}}"), step("answer", "{{question}}")], "'facts' is quoted by no later step"),
        ([step("question", "{{question}}")], "placeholders of prompts have that name"),
        ([step("a", "{{question}}"), step("a", "{{a}}")], "has the name 'a' more than once"),
        ([step("Facts", "{{question}}")], "expected a name such as facts"),
        ([{"name": "facts", "prompt": "Why?"}], "text before the first section"),
        ([{"name": "facts", "prompt": FIRST.replace("{{passage}}", "none")}], "section [passage] lacks {{passage}}"),
    ],
)
def test_mistakes_in_steps_are_told_with_their_mend(steps: list[dict[str, Any]], told: str) -> None:
    assert told in problems(steps)


def test_every_step_needs_its_time_before_the_gateway_ends_the_request() -> None:
    steps = [step("s0", "{{question}}"), *(step(f"s{n}", f"{{{{s{n - 1}}}}}") for n in range(1, 4))]
    assert len(read(steps, limits={"answer_timeout_seconds": 8}).steps) == 4
    assert "there is time for 3; leave some out" in problems(steps, limits={"answer_timeout_seconds": 7})


@pytest.mark.parametrize(
    ("chain", "more", "told"),
    [
        ({"steps": [{**STEPS[0], "model": "nova-pro"}]}, {}, "is 'nova-pro': expected one of nova-lite, nova-micro"),
        ({"name": "nova-lite", "steps": STEPS}, {}, "a model has that name"),
        ({"steps": STEPS}, {"limits": {"max_output_tokens": 64_000}}, "and 'nova-micro' reads 128000"),
    ],
)
def test_the_models_of_a_chain_are_checked(chain: Any, more: Any, told: str) -> None:
    settings = read_settings("Test", {"chain": chain, **more}, ThreeTierArgs)
    with pytest.raises(InvalidArgumentsError, match=told):
        check_chain("Test", settings)


def test_a_backend_that_is_given_needs_a_bucket_for_what_is_too_large() -> None:
    backend = {"key": "arn:key", "usage_table": "arn:table"}
    given = {"backend": backend, "chain": {"steps": STEPS}}
    with pytest.raises(InvalidArgumentsError, match=r"backend\.payloads_bucket is missing"):
        read_settings("Test", given, RequestResponseArgs)
    read_settings("Test", {"backend": backend}, RequestResponseArgs)


def test_the_runtime_takes_the_steps_as_the_machine_gives_them() -> None:
    states = definition()["States"]
    events = [states[name]["Arguments"]["Payload"]["step"] for name in ("facts", "answer")]
    assert [set(event) for event in events] == [{each.name for each in dataclasses.fields(Step)}] * 2
    assert [Step(**event).last for event in events] == [False, True]
    assert [event["model"] for event in events] == ["nova-lite", "nova-micro"]


def test_the_machine_names_failures_as_the_runtime_does() -> None:
    [retry], [catch] = definition()["States"]["facts"]["Retry"], definition()["States"]["facts"]["Catch"]
    assert failures.ChainStepThrottledError.__name__ in retry["ErrorEquals"]
    assert catch["ErrorEquals"] == [failures.ChainStepRefusedError.__name__]
    assert failures.ChainStepFailedError.__name__ not in [*REPEATED, *catch["ErrorEquals"]]
    assert retry["JitterStrategy"] == "FULL"
    assert definition()["TimeoutSeconds"] == 25


def judged(machine: dict[str, Any]) -> list[str]:
    """What cfn-lint has to say of a state machine."""
    properties = {"RoleArn": "arn:aws:iam::123456789012:role/r", "DefinitionString": json.dumps(machine)}
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    document = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Chain": resource}}
    return [match.message for match in lint(json.dumps(document), regions=["us-east-1"])]


def test_the_definition_holds_to_the_schema_of_cfn_lint() -> None:
    assert judged(definition()) == []
    wrong = definition()
    wrong["StartAt"] = "none"
    assert judged(wrong) == ["Missing 'Next' target 'none' at /StartAt"]
    wrong = definition()
    wrong["States"]["facts"]["Parameters"] = {}
    assert judged(wrong) == ["Additional properties are not allowed ('Parameters' was unexpected)"]


def test_the_definition_is_read_by_the_interpreter_of_moto_as_an_express_machine() -> None:
    ExpressStaticAnalyser().analyse(json.dumps(definition()))
    wrong = definition()
    wrong["States"]["facts"]["Parameters"] = {"a": 1}
    del wrong["States"]["facts"]["Type"]
    with pytest.raises((ASLParserException, ValueError)):
        ExpressStaticAnalyser().analyse(json.dumps(wrong))
