"""Secrets and keys. A rule here says where a secret is, and never the secret."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from joins import users
from known import Unknown, blocks, value_at
from resource_types import FUNCTION, TASK
from rule import Finding, Level, Resource, Rule, Setting, Severity

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
PARAMETER = "aws:ssm/parameter:Parameter"

SECRET_FORMATS: Mapping[str, re.Pattern[str]] = {
    "an AWS access key": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "an OpenAI key": re.compile(r"\bsk-(proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}\b"),
    "an Anthropic key": re.compile(r"\bsk-ant-[A-Za-z0-9_-]{20,}\b"),
    "a Google API key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a GitHub token": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})\b"),
    "a Slack token": re.compile(r"\bxox[abpors]-[A-Za-z0-9-]{10,}\b"),
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a service account's key": re.compile(r'"private_key_id"\s*:'),
    "a password in a URL": re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@${}]{3,}@"),
}
"""What a secret is called, and how it is recognised."""

LIVE_KEYS = re.compile(r"\b(sk|rk|pk)_live_[A-Za-z0-9]{8,}|\bwhsec_[A-Za-z0-9]{16,}")
TEST_KEYS = re.compile(r"\b(sk|rk|pk)_test_[A-Za-z0-9]{8,}")

SECRET_NAMES = re.compile(
    r"(^|_)(SECRET|PASSWORD|PASSWD|PWD|API_?KEY|APIKEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH_?TOKEN|ACCESS_?TOKEN|CREDENTIALS?)$",
    re.IGNORECASE,
)
"""Names of variables whose value is a secret. `SECRET_ARN` and `TOKEN_LIMIT` are not: they name or count."""

OTHER_TOKENS = re.compile(
    r"(^|_)(BOS|EOS|PAD|UNK|SEP|CLS|MASK|STOP|START|END|NEXT|MAX|MIN|PER|EACH|NEW|LAST|FIRST|SPECIAL|CACHED|TOTAL)_TOKEN$",
    re.IGNORECASE,
)
"""Names of tokens that a model reads, or a page ends with, and nobody signs in with."""

REFERENCE = re.compile(r"^(arn:|projects/|https?://|/|\$\{|\{\{resolve:|ssm:|secretsmanager:)")
"""How values begin that say where a secret is."""


def _variables(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """The environment of what runs: path, name and value of each variable."""
    properties = resource.properties
    for path in ("environment.variables", "environmentVariables", "serviceConfig.environmentVariables"):
        variables = value_at(properties, path)
        if isinstance(variables, Mapping):
            yield from ((f"{path}.{name}", str(name), value) for name, value in variables.items())
    for template in ("template", "template.template", "template.spec"):
        for container in blocks(properties, f"{template}.containers"):
            for entry in blocks(container, "envs"):
                name = value_at(entry, "name")
                yield f"{template}.containers.envs.{name}", str(name), value_at(entry, "value")
    if resource.type == TASK:
        for container in _containers(properties.get("containerDefinitions")):
            for entry in blocks(container, "environment"):
                name = value_at(entry, "name")
                yield f"containerDefinitions.environment.{name}", str(name), value_at(entry, "value")


def _containers(definitions: Any) -> list[Any]:
    if isinstance(definitions, str):
        try:
            definitions = json.loads(definitions)
        except ValueError:
            return []
    return definitions if isinstance(definitions, list) else []


def _plain_secret(resource: Resource) -> Iterator[Finding]:
    if resource.type == PARAMETER:
        name = str(resource.properties.get("name") or resource.name).rpartition("/")[2].replace("-", "_")
        if resource.properties.get("type") in ("String", "StringList") and SECRET_NAMES.search(name):
            yield f"the parameter {name!r} is of the type {resource.properties.get('type')}, which is not encrypted"
        return
    for path, name, value in _variables(resource):
        if isinstance(value, Unknown) or not value:
            continue
        found = _recognised(str(value))
        if found:
            yield f"{path} holds {found}"
        elif _is_secret(name) and not REFERENCE.search(str(value)):
            yield f"{path} holds a secret by its name, in plain text"


def _is_secret(name: str) -> bool:
    """Whether a variable of this name holds what somebody signs in with."""
    token = name.upper().endswith("_TOKEN") and not OTHER_TOKENS.search(name)
    return token or SECRET_NAMES.search(name) is not None


def _recognised(text: str) -> str:
    return next((what for what, pattern in SECRET_FORMATS.items() if pattern.search(text)), "")


def _live_keys(resource: Resource) -> Iterator[Finding]:
    live = resource.settings["live"]
    wrong, kind = (TEST_KEYS, "a test key") if live else (LIVE_KEYS, "a live key")
    for path, text in _texts(resource.properties, ""):
        if wrong.search(text):
            yield f"{path} holds {kind}"
        elif any(identifier in text for identifier in resource.settings["live_ids"]) and not live:
            yield f"{path} holds an id of the live system"


def _known_secrets(resource: Resource) -> Iterator[Finding]:
    if resource.type in SECRET_STORES:
        return
    covered = {path for path, _, _ in _variables(resource)}
    for path, text in _texts(resource.properties, ""):
        found = _recognised(text)
        if found and path not in covered:
            yield f"{path} holds {found}"


SECRET_STORES = ("aws:secretsmanager/secretVersion:SecretVersion", "gcp:secretmanager/secretVersion:SecretVersion")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text in the properties, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _texts(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, f"{path}[{number}]")


def _rotated(resource: Resource) -> Iterator[Finding]:
    if resource.type.startswith("gcp:"):
        if value_at(resource.properties, "rotation.rotationPeriod") is None:
            yield "rotation.rotationPeriod is not set"
        return
    if not any(users(resource, ROTATION, "secretId")):
        yield "no SecretRotation rotates it"
    key = resource.properties.get("kmsKeyId")
    if not key or (isinstance(key, str) and "aws/secretsmanager" in key):
        yield f"kmsKeyId is {key or 'not set'}, which is the key that AWS keeps"
    if resource.properties.get("recoveryWindowInDays") == 0:
        yield "recoveryWindowInDays is 0: deleted is gone"


ANYTHING = ("aws:*", "gcp:*", "kubernetes:*", "docker:*", "command:*")

RULES = (
    Rule(
        id="no-plaintext-secret-env",
        title="No secret stands in the environment of what runs",
        why="Everybody who may look at a function's configuration reads its variables, and so does every crash report.",
        mend="Keep it in Secrets Manager or Secret Manager, and give the function its name.",
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM07",),
        types=(
            FUNCTION,
            TASK,
            PARAMETER,
            "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime",
            "gcp:cloudfunctions/function:Function",
            "gcp:cloudfunctionsv2/function:Function",
            "gcp:cloudrun/service:Service",
            "gcp:cloudrunv2/service:Service",
            "gcp:cloudrunv2/job:Job",
        ),
        check=_plain_secret,
    ),
    Rule(
        id="no-known-secrets",
        title="No secret of a well-known format stands in an input",
        why="What stands in an input stands in the state, in the provider's console and in logs.",
        mend="Keep it in a secret store and name it; and make it invalid, as it may have been seen.",
        severity=Severity.CRITICAL,
        frameworks=("OWASP LLM07",),
        types=ANYTHING,
        check=_known_secrets,
    ),
    Rule(
        id="no-live-keys-outside-prod",
        title="Live keys stay in production, and test keys out of it",
        why="A live key in a test stack charges real people; a test key in production charges nobody.",
        mend="Use the key of the environment; set the rule's setting `live` in production's configuration.",
        severity=Severity.CRITICAL,
        frameworks=(),
        types=ANYTHING,
        check=_live_keys,
        settings={
            "live": Setting({"type": "boolean"}, False),
            "live_ids": Setting({"type": "array", "items": {"type": "string"}}, []),
        },
    ),
    Rule(
        id="secret-rotated",
        title="Secrets are rotated, with a key of the customer",
        why="A secret that leaked works until it changes.",
        mend="Add a rotation, a key and a recovery window.",
        severity=Severity.LOW,
        frameworks=(),
        types=(SECRET, "gcp:secretmanager/secret:Secret"),
        check=_rotated,
        over_stack=True,
        level=Level.ADVISORY,
    ),
)
