import pytest

from genai_tiers.args import ThreeTierArgs
from genai_tiers.aws.models import check_models, resolve_models
from genai_tiers.model_settings import Model
from genai_tiers.settings import Settings, read_settings
from genai_tiers.validation import InvalidArgumentsError

TENANT = "tnt_01m85e0bftf0qswwny36f48vfq"


def read(**args: object) -> Settings:
    return read_settings("Test", args, ThreeTierArgs)


def test_money_is_handed_over_in_whole_billionths() -> None:
    settings = read(limits={"tenant": {"spend_usd_per_month": 0.003, "requests_per_minute": 60.0}})
    assert settings.limits.tenant.for_runtime == {
        "requests_per_minute": 60,
        "tokens_per_day": 0,
        "tokens_per_month": 0,
        "spend_nanousd_per_month": 3_000_000,
    }


def test_only_the_limits_that_a_tenant_is_given_are_its_own() -> None:
    settings = read(tenants=[{"id": TENANT, "limits": {"tokens_per_day": 0, "spend_usd_per_month": 2}}])
    own = {"tokens_per_day": 0, "spend_nanousd_per_month": 2_000_000_000}
    assert settings.tenants[0].limits.for_runtime == own
    assert settings.has_budgets
    assert settings.limits_spend
    assert not read(tenants=[{"id": TENANT}]).has_budgets


def test_prices_come_from_the_catalogue_unless_they_are_given() -> None:
    mine = Model("mine", "a.b", price_input_usd=0.0105, price_output_usd=3)
    lite, own = resolve_models([Model("nova-lite"), mine], "us-east-1")
    assert (lite.input_nanousd_per_token, lite.output_nanousd_per_token) == (60, 240)
    assert (own.input_nanousd_per_token, own.output_nanousd_per_token) == (11, 3_000)


def test_a_limit_of_money_needs_the_price_of_every_model() -> None:
    models = [{"name": "mine", "model_id": "a.b"}]
    check_models("Test", read(models=models))
    limited = read(models=models, tenants=[{"id": TENANT, "limits": {"spend_usd_per_month": 2}}])
    with pytest.raises(InvalidArgumentsError, match=r"models\[0\] 'mine' has no price: .* price_input_usd"):
        check_models("Test", limited)
    priced = [{**models[0], "price_input_usd": 1, "price_output_usd": 0}]
    check_models("Test", read(models=priced, limits={"tenant": {"spend_usd_per_month": 2}}))
