"""Every kind of state, in both query languages."""

from typing import Any

import pytest

from tests.sandbox.states.states_cloud import StatesCloud, machine_of


def test_data_flows_through_json_path(cloud: StatesCloud) -> None:
    definition = machine_of(
        (
            "Shape",
            {
                "Type": "Pass",
                "InputPath": "$.order",
                "Parameters": {
                    "id.$": "$.id",
                    "text.$": "States.Format('{} of {}', $.id, $$.StateMachine.Name)",
                    "parts.$": "States.ArrayPartition($.items, 2)",
                    "fixed": {"a": 1},
                },
                "ResultPath": "$.shaped",
                "Assign": {"kept.$": "$.parts[0][1]"},
            },
        ),
        ("Use", {"Type": "Pass", "Parameters": {"kept.$": "$kept", "all.$": "$"}}),
    )
    output = cloud.result(definition, {"order": {"id": "o1", "items": [1, 2, 3]}})
    assert output["kept"] == 2
    shaped = output["all"]["shaped"]
    assert shaped["id"] == "o1"
    assert shaped["text"].startswith("o1 of machine-")
    assert shaped["parts"] == [[1, 2], [3]]
    assert shaped["fixed"] == {"a": 1}
    assert output["all"]["order"]["items"] == [1, 2, 3]


def test_data_flows_through_jsonata(cloud: StatesCloud) -> None:
    definition = machine_of(
        (
            "Sum",
            {
                "Type": "Pass",
                "Assign": {"total": "{% $sum($states.input.prices) %}", "text": 'quote " and \\ stay'},
                "Output": {"n": "{% $count($states.input.prices) %}", "nothing": "{% null %}"},
            },
        ),
        (
            "Tell",
            {"Type": "Succeed", "Output": "{% {'total': $total, 'text': $text, 'before': $states.input} %}"},
        ),
        language="JSONata",
    )
    output = cloud.result(definition, {"prices": [1, 2.5]})
    assert output == {"total": 3.5, "text": 'quote " and \\ stay', "before": {"n": 2, "nothing": None}}


def test_an_expression_without_a_value_fails_the_execution(cloud: StatesCloud) -> None:
    ended = cloud.run(machine_of(("Ask", {"Type": "Pass", "Output": "{% $states.input.none %}"}), language="JSONata"))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert "$states.input.none" in ended["cause"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"n": 5, "s": "ab"}, "big"), ({"n": 1, "s": "report.pdf"}, "pdf"), ({"n": 1}, "other")],
)
def test_choices(cloud: StatesCloud, value: dict[str, Any], expected: str) -> None:
    pdf = {"And": [{"Variable": "$.s", "IsPresent": True}, {"Variable": "$.s", "StringMatches": "*.pdf"}]}
    definition = machine_of(
        (
            "Which",
            {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericGreaterThan": 3, "Next": "big"}, {**pdf, "Next": "pdf"}],
                "Default": "other",
            },
        ),
        *((name, {"Type": "Pass", "Result": name, "End": True}) for name in ("big", "pdf", "other")),
    )
    assert cloud.result(definition, value) == expected


def test_choices_in_jsonata_and_without_a_default(cloud: StatesCloud) -> None:
    rule = {"Condition": "{% $states.input.n > 3 %}", "Output": "{% 'n is ' & $states.input.n %}", "Next": "Big"}
    definition = machine_of(
        ("Which", {"Type": "Choice", "Choices": [rule]}), ("Big", {"Type": "Succeed"}), language="JSONata"
    )
    assert cloud.result(definition, {"n": 4}) == "n is 4"
    assert cloud.run(definition, {"n": 1})["error"] == "States.NoChoiceMatched"


def test_wait_and_fail(cloud: StatesCloud) -> None:
    definition = machine_of(
        ("Wait", {"Type": "Wait", "SecondsPath": "$.seconds"}),
        ("Fail", {"Type": "Fail", "ErrorPath": "$.error", "Cause": "because"}),
    )
    ended = cloud.run(definition, {"seconds": 1, "error": "Own.Error"})
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Own.Error", "because")
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() >= 1.0


def test_branches_run_at_once_and_their_outputs_keep_their_order(cloud: StatesCloud) -> None:
    wait = ("Wait", {"Type": "Wait", "Seconds": 1})
    branches = [machine_of(wait, ("Out", {"Type": "Pass", "Result": number})) for number in range(3)]
    for branch in branches:
        del branch["QueryLanguage"]
    ended = cloud.run(machine_of(("All", {"Type": "Parallel", "Branches": branches})))
    assert ended["output"] == [0, 1, 2]
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() < 2.0


def test_a_failed_branch_stops_the_others_and_is_caught(cloud: StatesCloud) -> None:
    failing = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Branch.Broken", "Cause": "it is"}}}
    slow = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    catch = [{"ErrorEquals": ["Branch.Broken"], "Next": "Caught", "ResultPath": "$.error"}]
    definition = machine_of(
        ("Both", {"Type": "Parallel", "Branches": [slow, failing], "Catch": catch, "End": True}),
        ("Caught", {"Type": "Succeed"}),
    )
    execution = cloud.start(cloud.machine(definition), {"a": 1})
    ended = cloud.ended(execution)
    assert ended["output"] == {"a": 1, "error": {"Error": "Branch.Broken", "Cause": "it is"}}
    kinds = cloud.kinds(execution)
    assert "ParallelStateFailed" in kinds
    assert "WaitStateAborted" in kinds


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_map_processes_each_item(cloud: StatesCloud, language: str) -> None:
    if language == "JSONPath":
        step: dict[str, Any] = {"Type": "Pass", "Parameters": {"r.$": "States.MathAdd($.item, $.index)"}, "End": True}
        state: dict[str, Any] = {
            "ItemsPath": "$.items",
            "ItemSelector": {"item.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index", "all.$": "$.name"},
            "ResultSelector": {"results.$": "$[*].r"},
            "ResultPath": "$.done",
        }
    else:
        step = {"Type": "Pass", "Output": {"r": "{% $states.input.item + $states.input.index %}"}, "End": True}
        state = {
            "Items": "{% $states.input.items %}",
            "ItemSelector": {
                "item": "{% $states.context.Map.Item.Value %}",
                "index": "{% $states.context.Map.Item.Index %}",
            },
            "Output": "{% $merge([$states.input, {'done': {'results': $states.result.r}}]) %}",
        }
    processor = {"StartAt": "Add", "States": {"Add": step}}
    definition = machine_of(
        ("Each", {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": processor, **state}), language=language
    )
    output = cloud.result(definition, {"items": [10, 20, 30], "name": "n"})
    assert output["done"]["results"] == [10, 21, 32]
    assert output["name"] == "n"


def test_too_much_data_fails_and_is_not_caught_by_all(cloud: StatesCloud) -> None:
    large = "x" * 100_000
    fill = {"Type": "Pass", "Parameters": {f"v{number}.$": "$.v" for number in range(3)}}
    ended = cloud.run(machine_of(("Fill", fill)), {"v": large})
    assert ended["error"] == "States.DataLimitExceeded"
