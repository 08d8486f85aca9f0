"""Which of moto's services outlive the daemon, as data.

Keys are moto's names of services (``moto.backends.get_backend``). Every service here is written and read back
in ``tests/sandbox/daemon/test_persistence.py``; what moto serves beside them lives in memory only.
"""

from collections.abc import Mapping

# Signing names whose backend has another name in moto.
BACKENDS: Mapping[str, str] = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "apigateway": "apigatewayv2",
    "execute-api": "apigatewayv2",
}

PERSISTED = frozenset(
    {
        "apigatewayv2",
        "cloudwatch",
        "cognito-idp",
        "dynamodb",
        "ecr",
        "events",
        "iam",
        "kms",
        "lambda",
        "logs",
        "s3",
        "s3vectors",
        "scheduler",
        "secretsmanager",
        "sns",
        "sqs",
        "ssm",
        "stepfunctions",
        "sts",
    }
)

# A request to the first changes these as well: a table makes AWS's own key. What services deliver to each other is
# noted where it arrives (``moto_gaps.changes_in_process``).
ALSO_CHANGED: Mapping[str, tuple[str, ...]] = {"dynamodb": ("kms",)}

# Written at most every second, since losing the last moment of them loses nothing that was asked to be kept.
DEBOUNCED = frozenset({"cloudwatch", "logs"})

# Operations that leave everything as it is. All others are taken to change something.
_READING = (
    "BatchGet",
    "Describe",
    "Filter",
    "Get",
    "Head",
    "List",
    "Query",
    "Scan",
    "Search",
    "Select",
    "Simulate",
    "Test",
)
_READING_TOO = frozenset({"Decrypt", "Encrypt", "ReEncrypt", "Sign", "Verify", "StartQuery", "TransactGetItems"})
_CHANGING = frozenset({"GetSessionToken", "GetFederationToken", "GetOpenIdTokenForDeveloperIdentity"})


def changes_state(operation: str | None) -> bool:
    """Return whether an operation may change a backend; an operation that is not known may."""
    if operation is None or operation in _CHANGING:
        return True
    return not (operation.startswith(_READING) or operation.startswith("GenerateDataKey") or operation in _READING_TOO)


# Operations whose requests are kept in a journal and done again at the next start, instead of a snapshot after
# each: they are frequent, and repeat exactly (time and randomness are replayed with them).
JOURNALED: Mapping[str, frozenset[str]] = {
    "dynamodb": frozenset(
        {"BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem", "ExecuteStatement"}
    ),
    "s3": frozenset({"PutObject", "DeleteObject", "DeleteObjects"}),
    "s3vectors": frozenset({"PutVectors", "DeleteVectors"}),
}
