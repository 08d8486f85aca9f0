"""docs/cost.md says what the recorded stack costs, and the defaults stay cheap at rest."""

from dataclasses import replace

import pytest
from pages import read

from tools.cost.at_rest import OPTIONS, at_rest, total_usd
from tools.cost.in_use import COLUMNS, counts, recorded_calls, usd_by_column
from tools.cost.page import cost_page
from tools.cost.prices import prices
from tools.stack_graph import recorded

PAGE = "docs/cost.md"
TARGET_USD = 5


def test_the_page_is_computed_from_the_recorded_stack() -> None:
    assert read(PAGE) == cost_page(recorded()), f"{PAGE} is out of date: run `python -m tools.cost`"


def test_with_the_defaults_a_month_at_rest_is_under_the_target() -> None:
    lines = at_rest(recorded())
    assert 0 < total_usd(lines, prices(), options=False, allowance=True) < TARGET_USD
    assert {line.option for line in lines} <= {"", *OPTIONS.values()}


def test_each_key_alarm_and_queue_counts() -> None:
    nodes, known = recorded(), prices()
    lines = {(line.price, line.option): line for line in at_rest(nodes)}
    assert known["key"].of(lines["key", ""].units) == 1
    alarms = [node for node in nodes.values() if node.type == "aws:cloudwatch/metricAlarm:MetricAlarm"]
    counted = sum(line.units for (price, _), line in lines.items() if price == "alarm metric")
    assert counted == sum(node.units for node in alarms) > len(alarms)
    sources = [node for node in nodes.values() if node.type == "aws:lambda/eventSourceMapping:EventSourceMapping"]
    assert lines["queue request", ""].units == sum(node.units for node in sources) * 648_000
    assert [node.name for node in sources if not node.units] == ["genai-middleware-questions-expiry-source"]


def test_free_units_are_taken_off_once() -> None:
    alarm = prices()["alarm metric"]
    assert alarm.of(10, allowance=True) == 0
    assert alarm.of(12, allowance=True) == pytest.approx(0.20)
    assert alarm.of(12) == pytest.approx(1.20)


def test_a_type_that_nobody_has_priced_is_no_silent_zero() -> None:
    nodes = recorded()
    key = nodes["genai-backend-key"]
    with pytest.raises(ValueError, match="nobody has said what a aws:rds/cluster:Cluster costs"):
        at_rest({**nodes, "database": replace(key, name="database", type="aws:rds/cluster:Cluster")})


def test_every_price_has_a_source_and_a_date() -> None:
    for name, price in prices().items():
        assert price.source, name
        assert price.date.startswith("20"), name


def test_each_pattern_costs_what_its_calls_do() -> None:
    known = prices()
    calls = recorded_calls()
    assert len(calls) == 6
    priced = {kind for kinds in COLUMNS.values() for kind in kinds}
    left = {kind for measured in calls.values() for kind in counts(measured)} - priced
    assert left == {"guardrail calls", "log KB", "model calls", "retrievals"}
    parts = usd_by_column(calls["request-response"], known, 1_000)
    assert parts["gateway"] == pytest.approx(0.001)
    assert parts["guardrail"] == pytest.approx(0.8)
    assert usd_by_column(calls["streaming-response"], known, 1)["gateway"] > parts["gateway"] / 1_000
