"""Remediations on the real engine: secrets stay secret, unknown values stay untouched, what fails is said."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import recorder
from engine_fixture import Engine, Project
from reports import PACK

SECRET_MARK = "4dabf18193072939515e22adb298388d"
HIDDEN = "not-for-everybody"

PROGRAM = f"""
import pulumi


class Recorded(pulumi.CustomResource):
    arn: pulumi.Output[str]

    def __init__(self, kind, name, **inputs):
        super().__init__(kind, name, {{"arn": None, **inputs}})


secret = pulumi.Output.secret("{HIDDEN}")
QUEUE = "aws:sqs/queue:Queue"
first = Recorded(QUEUE, "first", tags={{"team": secret}}, policy=secret)
Recorded(QUEUE, "late", tags={{"of": first.arn}})
Recorded(
    "aws:apigatewayv2/stage:Stage",
    "stage",
    defaultRouteSettings={{"dataTraceEnabled": True, "loggingLevel": secret}},
    routeSettings=["plain", secret, {{"routeKey": secret}}],
)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    settings = recorder.install(tmp_path / "plugins")
    return Engine(tmp_path / "engine").project(tmp_path / "program", PROGRAM, settings=settings)


def configuration(project: Project, **rules: Any) -> Path:
    file = project.directory / "configuration.json"
    file.write_text(json.dumps({"all": "advisory", **rules}))
    return file


def inputs(project: Project, name: str) -> dict[str, Any]:
    (found,) = [each["inputs"] for each in project.resources() if each["urn"].endswith(f"::{name}")]
    return found


def test_remedies_keep_secrets_secret_and_leave_unknown_values_alone(project: Project):
    tags = {"project": "assistant", "environment": "dev"}
    remedies = configuration(
        project,
        **{
            "required-tags": {"enforcementLevel": "remediate", "remedy_values": tags},
            "no-body-logging": "remediate",
        },
    )
    options = ("--policy-pack", PACK, "--policy-pack-config", remedies)
    previewed = project.run("preview", "--diff", *options)
    # The tags of one queue hold what only the update knows: it stays, and the others are added.
    assert re.search(r"of +: \[unknown\]", previewed.stdout)
    assert HIDDEN not in previewed.stdout

    done = project.up(*options)
    assert HIDDEN not in done.stdout
    state = json.dumps(project.export())
    assert HIDDEN not in state

    assert inputs(project, "late")["tags"] == {"of": "arn:aws:any:eu-central-1:123456789012:first", **tags}
    first = inputs(project, "first")
    # A map that held a secret and was changed is secret as a whole.
    assert SECRET_MARK in first["tags"]
    assert SECRET_MARK in first["policy"]
    stage = inputs(project, "stage")
    assert SECRET_MARK in stage["defaultRouteSettings"]
    assert stage["routeSettings"][0] == "plain"
    assert SECRET_MARK in stage["routeSettings"][1]
    assert SECRET_MARK in stage["routeSettings"][2]["routeKey"]

    shown = json.loads(project.run("stack", "export", "--show-secrets").stdout)["deployment"]["resources"]
    (revealed,) = [each["inputs"] for each in shown if each["urn"].endswith("::first")]
    assert json.loads(revealed["tags"]["plaintext"]) == {"team": HIDDEN, **tags}


def test_a_remedy_that_fails_is_reported_and_changes_nothing(project: Project, tmp_path: Path):
    pack = shutil.copytree(PACK, tmp_path / "policy")
    (tmp_path / ".venv").symlink_to(PACK.parent / ".venv")
    (pack / "rules" / "__init__.py").write_text(
        "from rule import Rule, Severity\n"
        "def check(resource):\n"
        '    if resource.name == "first":\n        yield "it is not liked"\n'
        '    if resource.name == "late":\n        yield str(resource.properties["missing"])\n'
        'def remedy(resource):\n    return {"visibilityTimeoutSeconds": resource.properties["missing"]}\n'
        'RULES = (Rule("fragile", "A title", "A reason.", "A mend.", Severity.HIGH, (), ("aws:sqs/queue:Queue",),\n'
        "              check, remedy=remedy),)\n"
    )
    options = ("--policy-pack", pack, "--policy-pack-config", configuration(project, fragile="remediate"))
    done = project.run("preview", *options, check=False)
    assert done.returncode != 0
    assert "the remedy of fragile failed on urn:pulumi:dev::project::aws:sqs/queue:Queue::first" in done.stdout
    assert "it is not liked. Why:" in done.stdout
    # Of a rule that fails itself, no remedy is tried.
    assert "the rule fragile failed on urn:pulumi:dev::project::aws:sqs/queue:Queue::late" in done.stdout
    assert "the remedy of fragile failed on urn:pulumi:dev::project::aws:sqs/queue:Queue::late" not in done.stdout
