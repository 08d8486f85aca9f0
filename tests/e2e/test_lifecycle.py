import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from deployment import ROOT, Deployment, deploy

from tools.toolchain.environment import cloud_environment, places

pytestmark = pytest.mark.xdist_group("e2e")


def test_up_again_changes_nothing(stack: Deployment) -> None:
    preview = json.loads(stack.pulumi("preview", "--json", "--policy-pack", str(ROOT / "policy")))
    assert set(preview["changeSummary"]) == {"same"}
    assert not [step for step in preview["steps"] if step["op"] != "same"]


def test_refresh_finds_no_drift(stack: Deployment) -> None:
    summary = json.loads(stack.pulumi("refresh", "--preview-only", "--json"))["changeSummary"]
    assert set(summary) <= {"same", "refresh"}


def test_a_killed_sandbox_comes_back_with_its_data(stack: Deployment) -> None:
    question = "How long is a journey that is made by train?"
    before = stack.ask(question)
    os.kill(int((stack.cloud_state / "pid").read_text()), signal.SIGKILL)
    cloud_environment(places({}, stack.engine.base))
    after = stack.ask(question)
    assert after["cache"]["hit"] is True
    assert after["choices"][0]["message"] == before["choices"][0]["message"]
    assert stack.ask("What is the nightly limit for a hotel?")["cache"]["hit"] is False
    test_up_again_changes_nothing(stack)


def test_one_pattern_alone_works_and_destroy_leaves_nothing_behind(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    program = tmp_path / "examples" / "one_pattern"
    settings = (program / "Pulumi.yaml").read_text().replace("../../.venv", str(ROOT / ".venv"))
    (program / "Pulumi.yaml").write_text(settings)
    source = (program / "__main__.py").read_text()
    (program / "__main__.py").write_text(source.replace('"limits"', '"retain_data": False, "limits"'))
    alone = deploy(tmp_path / "base", program, "alone", {"aws:region": "us-east-1"})
    try:
        assert alone.outputs["base_url"].endswith("/v1")
        assert remaining(alone)
        alone.pulumi("destroy", "--yes", "--skip-preview")
        assert remaining(alone) == {}
    finally:
        alone.stop()


LISTINGS = {
    ("apigatewayv2", "get_apis"): "Items",
    ("bedrock", "list_guardrails"): "guardrails",
    ("bedrock-agent", "list_knowledge_bases"): "knowledgeBaseSummaries",
    ("dynamodb", "list_tables"): "TableNames",
    ("iam", "list_roles"): "Roles",
    ("lambda", "list_functions"): "Functions",
    ("logs", "describe_log_groups"): "logGroups",
    ("s3", "list_buckets"): "Buckets",
    ("s3vectors", "list_vector_buckets"): "vectorBuckets",
}


def remaining(deployment: Deployment) -> dict[str, int]:
    """What the cloud itself still lists, by service."""
    counts = {
        service: len(getattr(deployment.aws(service), operation)()[items])
        for (service, operation), items in LISTINGS.items()
    }
    counts["cognito-idp"] = len(deployment.aws("cognito-idp").list_user_pools(MaxResults=10)["UserPools"])
    kms = deployment.aws("kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] for key in kms.list_keys()["Keys"]]
    counts["kms"] = sum(state != "PendingDeletion" for state in keys)
    return {service: count for service, count in counts.items() if count}
