from typing import Any

import pytest

from genai_tiers.args import AsyncRequestResponseArgs, BackendArgs, RequestResponseArgs, ThreeTierArgs
from genai_tiers.aws.private_network import services
from genai_tiers.settings import Settings, read_settings
from genai_tiers.validation import InvalidArgumentsError

PULL = ["request-response", "buffered-request-response", "parallel-fan-out", "batch-processing"]
OWN = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}


def stack(kind: Any = ThreeTierArgs, **args: Any) -> Settings:
    return read_settings("stack", args, kind)


def mistakes(kind: Any = ThreeTierArgs, **args: Any) -> list[str]:
    with pytest.raises(InvalidArgumentsError) as caught:
        stack(kind, **args)
    return list(caught.value.problems)


def test_functions_are_in_no_network_unless_asked_for() -> None:
    assert not stack().network.private
    assert stack().network.existing is None


def test_patterns_that_push_cannot_run_without_a_way_to_the_internet() -> None:
    (mistake,) = mistakes(network={"private": True})
    assert mistake.startswith("network.private is True: async-request-response and streaming-response push over")
    assert stack(patterns=PULL, network={"private": True}).network.private
    assert stack(network={"private": True, "existing": OWN}).network.existing == OWN
    assert mistakes(AsyncRequestResponseArgs, network={"private": True})
    assert stack(RequestResponseArgs, network={"private": True}).network.private


def test_a_network_of_your_own_has_subnets_and_security_groups() -> None:
    assert mistakes(network={"existing": {"subnet_ids": ["subnet-1"]}}) == [
        "network.existing.security_group_ids is missing: a network of your own has both; give a list of ids"
    ]
    (mistake,) = mistakes(network={"existing": {**OWN, "vpc_id": "vpc-1"}})
    assert mistake.startswith("network.existing.vpc_id is not a field")


@pytest.mark.parametrize("block", ["10.0.0.0/15", "10.0.0.0/27", "8.8.0.0/24", "10.0.0.1/24", "ten", "fd00::/64"])
def test_addresses_are_private_and_enough(block: str) -> None:
    (mistake,) = mistakes(network={"cidr_block": block})
    assert mistake == (
        f"network.cidr_block is {block!r}: expected private addresses from /16 to /26, such as 10.0.0.0/24"
    )


def test_each_zone_has_a_quarter_so_that_one_more_moves_none() -> None:
    two = stack(network={"cidr_block": "10.1.0.0/22"}).network.subnet_blocks
    three = stack(network={"cidr_block": "10.1.0.0/22", "zones": 3}).network.subnet_blocks
    assert two == ["10.1.0.0/24", "10.1.1.0/24"]
    assert three == [*two, "10.1.2.0/24"]


def test_there_is_an_endpoint_for_what_the_patterns_call() -> None:
    assert services(stack(patterns=["request-response"], knowledge={"enabled": False})) == ["bedrock-runtime"]
    assert services(stack(patterns=PULL, knowledge={"ingest_uploads": False})) == [
        "bedrock-agent-runtime",
        "bedrock-runtime",
        "sns",
        "sqs",
    ]
    assert "bedrock-agent" in services(stack(patterns=PULL))
    tool = {"name": "one", "description": "One.", "code": "one"}
    assert "lambda" in services(stack(patterns=PULL, tools=[tool]))
    assert "s3vectors" not in services(stack(patterns=PULL))
    assert "s3vectors" in services(stack(patterns=PULL, cache={"semantic": True}))


def test_a_chain_needs_a_way_to_what_runs_it() -> None:
    prompt = "[system]\nBe brief.\n[question]\n{{question}}\n"
    chain = {"steps": [{"name": "answer", "prompt": prompt}]}
    assert "sync-states" in services(stack(RequestResponseArgs, chain=chain))
    assert "sync-states" in services(stack(BackendArgs, chain=chain, patterns=["request-response"]))
    assert "sync-states" not in services(stack(BackendArgs, chain=chain, patterns=["batch-processing"]))
    assert "sync-states" not in services(stack(RequestResponseArgs))
