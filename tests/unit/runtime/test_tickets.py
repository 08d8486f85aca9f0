from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from genai_runtime.aws.socket_event import authorization
from genai_runtime.aws.tickets import DynamoTickets
from genai_runtime.core.request import Caller
from genai_runtime.core.tickets import TICKET_SECONDS, issue, redeem
from tests.unit.runtime.aws_fixtures import REGION, make_tables
from tests.unit.runtime.memory import TENANT

CALLER = Caller(TENANT, "user-1")


@pytest.fixture
def store(credentials: None) -> Iterator[DynamoTickets]:  # noqa: ARG001  # a fixture, for its effect
    with mock_aws():
        make_tables()
        yield DynamoTickets("cache")


def test_a_ticket_is_good_once(store: DynamoTickets):
    ticket = issue(CALLER, store, 1000, "wss://api.example/live")
    assert redeem(ticket.ticket, store, 1001) == CALLER
    assert redeem(ticket.ticket, store, 1001) is None


def test_a_ticket_is_good_for_a_minute(store: DynamoTickets):
    ticket = issue(CALLER, store, 1000, "wss://api.example/live")
    assert ticket.expires_at == 1000 + TICKET_SECONDS
    assert redeem(ticket.ticket, store, ticket.expires_at) is None


@pytest.mark.parametrize("ticket", ["", "guess", "ticket#"])
def test_what_was_never_given_is_refused(store: DynamoTickets, ticket: str):
    assert redeem(ticket, store, 0) is None


def test_the_url_carries_the_ticket(store: DynamoTickets):
    ticket = issue(CALLER, store, 1000, "wss://api.example/live")
    assert parse_qs(urlsplit(ticket.url).query) == {"ticket": [ticket.ticket]}


def test_the_table_does_not_hold_the_ticket_itself(store: DynamoTickets):
    ticket = issue(CALLER, store, 1000, "wss://api.example/live")
    assert ticket.ticket not in str(boto3.client("dynamodb", region_name=REGION).scan(TableName="cache")["Items"])


def test_the_authorizer_allows_only_a_known_caller():
    allowed, denied = authorization("arn:x", CALLER), authorization("arn:x", None)
    assert allowed["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert allowed["context"] == {"user": "user-1", "tenant": TENANT}
    assert denied["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert "context" not in denied
