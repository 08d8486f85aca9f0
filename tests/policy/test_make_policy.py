"""`make policy` as a person or a pipeline runs it."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from engine_fixture import Engine

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.xdist_group("policy")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The repository's program with settings of its own: the repository's files stay as they are."""
    directory = tmp_path / "checkout"
    directory.mkdir()
    for name in ("Makefile", "tools", "policy", ".venv", "examples"):
        (directory / name).symlink_to(ROOT / name)
    for name in ("__main__.py", "Pulumi.yaml", "Pulumi.sandbox-aws.yaml"):
        shutil.copy(ROOT / name, directory / name)
    return directory


def report(checkout: Path) -> ElementTree.Element:
    return ElementTree.parse(checkout / ".policy" / "policy.xml").getroot()  # noqa: S314 - our own file


def test_it_passes_the_stack_as_it_is_and_fails_on_a_violation(checkout: Path, cloud: dict[str, str], tmp_path: Path):
    environ = {**os.environ, **Engine(tmp_path / "engine", cloud).environment}

    def make() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "policy"], cwd=checkout, env=environ, capture_output=True, text=True, check=False
        )

    passed = make()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "identity" in passed.stdout
    assert "nothing would be replaced or deleted" in passed.stdout
    log = json.loads((checkout / ".policy" / "policy.sarif").read_text())
    [run] = log["runs"]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} >= {"log-retention", "api-waf"}
    assert {result["level"] for result in run["results"]} <= {"warning", "note"}
    suites = report(checkout)
    assert sum(int(suite.get("failures", "")) for suite in suites) == 0

    settings = checkout / "Pulumi.sandbox-aws.yaml"
    settings.write_text(settings.read_text().replace("config:\n", "config:\n  genai-tiers:log_retention_days: 7\n"))
    failed = make()
    assert failed.returncode != 0
    assert "retentionInDays is 7. Why: " in failed.stdout
    assert "error: the update would be refused, for " in failed.stderr
    log = json.loads((checkout / ".policy" / "policy.sarif").read_text())
    errors = [result for result in log["runs"][0]["results"] if result["level"] == "error"]
    assert {result["ruleId"] for result in errors} == {"log-retention"}
    assert all(result["locations"][0]["logicalLocations"][0]["name"] for result in errors)
    suites = report(checkout)
    [broken] = [case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None]
    assert broken == "log-retention"


def test_an_environment_that_there_is_not_is_told(checkout: Path):
    told = subprocess.run(
        ["make", "policy", "ENVIRONMENT=prod"], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert told.returncode != 0
    assert (
        "ENVIRONMENT is 'prod', and there is no policy/config/prod.json. Choose one of: dev, production, staging."
        in (told.stderr)
    )


def test_a_program_that_fails_is_not_taken_for_one_that_was_judged(
    checkout: Path, cloud: dict[str, str], tmp_path: Path
):
    (checkout / "__main__.py").write_text("raise SystemExit('it does not even begin')\n")
    environ = {**os.environ, **Engine(tmp_path / "engine", cloud).environment}
    told = subprocess.run(["make", "policy"], cwd=checkout, env=environ, capture_output=True, text=True, check=False)
    assert told.returncode != 0
    assert "error: the preview failed, so that the rules have not judged the whole stack." in told.stderr
