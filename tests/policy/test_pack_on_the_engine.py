"""The pack on the real engine, against programs that use the SDK alone."""

import re
import shutil
from pathlib import Path

import pytest
from engine_fixture import Engine, Project

PACK = Path(__file__).resolve().parents[2] / "policy"
pytestmark = pytest.mark.xdist_group("policy")

COMMON = """
import json
import pulumi
import pulumi_aws as aws

def policy(*actions, effect="Allow"):
    statement = {"Effect": effect, "Action": list(actions), "Resource": "arn:aws:s3:::a"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
"""

VIOLATIONS = (
    COMMON
    + """
role = aws.iam.Role("mixed", assume_role_policy=trust)
late = role.arn.apply(lambda arn: policy("dynamodb:*"))
aws.iam.Role(
    "half-known",
    assume_role_policy=trust,
    inline_policies=[{"name": "late", "policy": late}, {"name": "now", "policy": policy("s3:*", "kms:Decrypt")}],
)
aws.iam.Policy("object", policy={
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": ["arn:aws:s3:::a"]}],
})
aws.iam.RolePolicy("secret", role="somebody", policy=pulumi.Output.secret(policy("*")))
aws.cloudwatch.LogGroup("forever")
aws.cloudwatch.LogGroup("short", retention_in_days=14)
http = aws.apigatewayv2.Api("http", protocol_type="HTTP")
socket = aws.apigatewayv2.Api("socket", protocol_type="WEBSOCKET", route_selection_expression="$request.body.action")
aws.apigatewayv2.Api("quick", protocol_type="HTTP", target="https://example.com")
aws.apigatewayv2.Route("get", api_id=http.id, route_key="GET /v1/models")
aws.apigatewayv2.Route("nobody", api_id=http.id, route_key="POST /ask", authorization_type="JWT")
aws.apigatewayv2.Route("catch-all", api_id=http.id, route_key="$default")
aws.apigatewayv2.Route("elsewhere", api_id="a1b2c3", route_key="$default")
aws.apigatewayv2.Route("connect", api_id=socket.id, route_key="$connect")
aws.apigatewayv2.Route("late", api_id=role.unique_id, route_key="$default")
"""
)

COMPLYING = (
    COMMON
    + """
role = aws.iam.Role("role", assume_role_policy=trust, inline_policies=[{"name": "a", "policy": policy("s3:Get*")}])
aws.iam.RolePolicy("denial", role=role.name, policy=policy("*", effect="Deny"))
aws.iam.RolePolicy("late", role=role.name, policy=role.arn.apply(lambda arn: policy("dynamodb:Query")))
aws.cloudwatch.LogGroup("logs", retention_in_days=30)
http = aws.apigatewayv2.Api("http", protocol_type="HTTP")
socket = aws.apigatewayv2.Api("socket", protocol_type="WEBSOCKET", route_selection_expression="$request.body.action")
signed = {"authorization_type": "AWS_IAM"}
aws.apigatewayv2.Route("get", api_id=http.id, route_key="GET /v1/models", **signed)
aws.apigatewayv2.Route("catch-all", api_id=http.id, route_key="$default", **signed)
aws.apigatewayv2.Route("connect", api_id=socket.id, route_key="$connect", **signed)
for key in ("$disconnect", "$default", "ask"):
    aws.apigatewayv2.Route(f"socket-{key}", api_id=socket.id, route_key=key)
"""
)

LATE = (
    COMMON
    + """
role = aws.iam.Role("role", assume_role_policy=trust)
aws.iam.RolePolicy("late", role=role.name, policy=role.arn.apply(lambda arn: policy("dynamodb:*")))
"""
)

REPORT = re.compile(
    r"- \[(?P<level>\w+)\] .*?  (?P<rule>[\w-]+)  \([\w:]+: (?P<name>[\w$-]+)\)\n(?P<text>(?: {10}.*\n)+)"
)


JUDGED_HERE = ("iam-no-wildcard-action", "api-route-authorized", "api-default-route-authorized", "log-retention")
"""The rules that these programs are about; the others have their cases in the tables."""


def reports(output: str, level: str, rules: tuple[str, ...] = JUDGED_HERE) -> dict[tuple[str, str], str]:
    """What the engine shows of a level, by rule and resource."""
    return {
        (found["rule"], found["name"]): found["text"]
        for found in REPORT.finditer(output)
        if found["level"] == level and found["rule"] in rules
    }


def test_violations_stop_a_preview_and_say_value_reason_and_mend(project: Project):
    project.write(VIOLATIONS)
    done = project.run("preview", "--policy-pack", PACK, check=False)
    assert done.returncode != 0
    wildcard, routes = "iam-no-wildcard-action", "api-route-authorized"
    expected = {
        (wildcard, "half-known"): "inlinePolicies[1].policy, statement 1: the action 's3:*' is allowed",
        (wildcard, "object"): "policy, statement 1: every action but 'iam:*' is allowed, by NotAction",
        (wildcard, "secret"): "policy, statement 1: the action '*' is allowed",
        ("log-retention", "forever"): "the log group never expires: retentionInDays is 0 or not set",
        ("log-retention", "short"): "retentionInDays is 14",
        (routes, "quick"): "the API's target makes a route '$default' that answers anyone",
        (routes, "get"): "the route 'GET /v1/models' answers anyone: its authorizationType is NONE",
        (routes, "nobody"): "the route 'POST /ask' has authorizationType JWT and no authorizerId",
        (routes, "connect"): "the route '$connect' answers anyone",
        ("api-default-route-authorized", "catch-all"): "the route '$default' of an HTTP API answers anyone",
        ("api-default-route-authorized", "elsewhere"): "the route '$default' of the API 'a1b2c3' answers anyone",
    }
    found = reports(done.stdout, "mandatory")
    assert set(found) == set(expected)
    for place, text in expected.items():
        assert text in found[place]
        assert re.search(r"\. Why: \w.*\. Mend: \w.*\.\n", found[place])
    assert "kms:Decrypt" not in done.stdout
    # The other document of the same role is told apart as one that nobody can read yet; so is an API.
    undecided = "".join(reports(done.stdout, "advisory").values())
    assert "not known before the update, which decides: inlinePolicies[0].policy\n" in undecided
    assert "which decides: apiId of urn:pulumi:dev::project::aws:apigatewayv2/route:Route::late\n" in undecided
    assert undecided.count("which decides") == 2


def test_a_complying_program_is_deployed_and_the_update_leaves_nothing_undecided(project: Project):
    project.write(COMPLYING)
    previewed = project.run("preview", "--policy-pack", PACK)
    assert set(reports(previewed.stdout, "advisory")) == {("iam-no-wildcard-action", "late")}
    done = project.up("--policy-pack", PACK)
    assert reports(done.stdout, "advisory") == {}
    assert "[mandatory]" not in done.stdout
    again = project.run("preview", "--policy-pack", PACK)
    assert reports(again.stdout, "advisory") == {}


def test_a_policy_that_a_preview_cannot_read_stops_the_update(project: Project):
    project.write(LATE)
    previewed = project.run("preview", "--policy-pack", PACK)
    assert "which decides: policy\n" in reports(previewed.stdout, "advisory")["iam-no-wildcard-action", "late"]
    done = project.up("--policy-pack", PACK, check=False)
    assert done.returncode != 0
    found = reports(done.stdout, "mandatory")
    assert "policy, statement 1: the action 'dynamodb:*' is allowed" in found["iam-no-wildcard-action", "late"]
    types = {resource["type"] for resource in project.resources()}
    assert "aws:iam/role:Role" in types
    assert "aws:iam/rolePolicy:RolePolicy" not in types


def test_an_update_without_a_preview_fails_on_an_open_default_route(project: Project):
    api = 'import pulumi_aws as aws\napi = aws.apigatewayv2.Api("api", protocol_type="{}"{})\n'
    route = 'aws.apigatewayv2.Route("all", api_id=api.id, route_key="$default")\n'
    project.write(api.format("HTTP", "") + route)
    done = project.up("--policy-pack", PACK, check=False)
    assert done.returncode != 0
    assert set(reports(done.stdout, "mandatory")) == {("api-default-route-authorized", "all")}
    project.write(api.format("WEBSOCKET", ', route_selection_expression="$request.body.action"') + route)
    project.up("--policy-pack", PACK)


def test_a_rule_that_fails_is_an_error_and_the_other_rules_go_on(engine: Engine, tmp_path: Path):
    pack = shutil.copytree(PACK, tmp_path / "policy")
    (tmp_path / ".venv").symlink_to(PACK.parent / ".venv")
    (pack / "rules" / "__init__.py").write_text(
        "from rule import Rule, Severity\n"
        'def broken(resource):\n    yield str(resource.properties["missing"])\n'
        'def picky(resource):\n    yield "it is not liked"\n'
        'TYPES = ("pulumi:providers:aws",)\n'
        "def rule(name, check):\n"
        '    return Rule(name, "A title", "A reason.", "A mend.", Severity.HIGH, (), TYPES, check)\n'
        'RULES = (rule("broken", broken), rule("picky", picky))\n'
    )
    project = engine.project(
        tmp_path / "program",
        """
        import pulumi
        class Aws(pulumi.ProviderResource):
            def __init__(self):
                super().__init__("aws", "mine", {"region": "eu-central-1"})
        Aws()
        """,
    )
    done = project.run("preview", "--policy-pack", pack, check=False)
    assert done.returncode != 0
    found = {rule: text for (rule, _), text in reports(done.stdout, "mandatory", ("broken", "picky")).items()}
    assert set(found) == {"broken", "picky"}
    assert "the rule broken failed on urn:pulumi:dev::project::pulumi:providers:aws::mine" in found["broken"]
    assert "KeyError (__init__.py, line 3)" in found["broken"]
