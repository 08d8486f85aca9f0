"""`make ask` and its like answer a wrong input with one line that says what to mend."""

import subprocess
import sys

import pytest
from deployment import ACME, GLOBEX, ROOT, STACK, Deployment

from tools.demo_user import Directory, SignInError, id_token

pytestmark = pytest.mark.xdist_group("e2e")


def ask(stack: Deployment, *arguments: str, module: str = "tools.ask") -> tuple[int, str, str]:
    """Runs a tool on the deployed stack: exit code, output, errors."""
    result = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**stack.engine.environment, "STACK": STACK},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return result.returncode, result.stdout, result.stderr


def test_an_answer_comes_with_its_source_and_the_endpoints(stack: Deployment) -> None:
    code, printed, _ = ask(stack, "--tenant", "GLOBEX", 'When does "Sundial" launch?')
    assert code == 0
    assert "Globex asks" in printed
    assert "roadmap.md" in printed
    assert f"{stack.outputs['api_url']}/v1" in printed


def test_the_tools_of_an_answer_are_told(stack: Deployment) -> None:
    code, printed, _ = ask(stack, 'What is the delivery status of order "A-1001"?')
    assert code == 0
    assert "shipped" in printed
    assert "  tool       order_status (succeeded), " in printed


def test_a_token_is_all_that_is_printed_and_opens_the_api(stack: Deployment) -> None:
    code, token, _ = ask(stack, "--tenant", "Acme", module="tools.token")
    assert code == 0
    with stack.http(None) as client:
        answer = client.get("/v1/models", headers={"authorization": f"Bearer {token.strip()}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["  "], "error: the question is empty; write it as in: make ask Q='When are invoices due?'"),
        (["--tenant", "Nobody"], f"error: the stack {STACK} has no tenant 'Nobody'; choose one of: Acme, Globex"),
        (
            ["--stack", "other"],
            "error: the stack other is not deployed in the sandbox; run `make up STACK=other` first",
        ),
    ],
)
def test_a_wrong_input_is_told_in_one_line(stack: Deployment, arguments: list[str], message: str) -> None:
    assert ask(stack, *arguments) == (1, "", message + "\n")


@pytest.mark.parametrize(
    ("flows", "second_factor", "message"),
    [
        (["ALLOW_USER_SRP_AUTH"], "OFF", "operators may not sign in .* set admin_sign_in: true"),
        (["ALLOW_ADMIN_USER_PASSWORD_AUTH"], "ON", r"asks for a second factor \(MFA_SETUP\).* set mfa: optional"),
    ],
)
def test_a_stack_that_lets_no_script_sign_in_says_so(
    stack: Deployment, flows: list[str], second_factor: str, message: str
) -> None:
    cognito = stack.aws("cognito-idp")
    tenant = {"Name": "tenant_id", "AttributeDataType": "String"}
    pool = cognito.create_user_pool(PoolName="strict", Schema=[tenant])["UserPool"]["Id"]
    try:
        cognito.set_user_pool_mfa_config(
            UserPoolId=pool, MfaConfiguration=second_factor, SoftwareTokenMfaConfiguration={"Enabled": True}
        )
        app = cognito.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)
        directory = Directory(pool, app["UserPoolClient"]["ClientId"], cognito)
        with pytest.raises(SignInError, match=message):
            id_token(directory, "ann@example.com", ACME)
        with pytest.raises(SignInError, match=f"belongs to the tenant {ACME}, not to {GLOBEX}"):
            id_token(directory, "ann@example.com", GLOBEX)
    finally:
        cognito.delete_user_pool(UserPoolId=pool)


def test_a_refused_question_is_told_once(stack: Deployment) -> None:
    code, _, told = ask(stack, "What is due? " * 4_000)
    assert code == 1
    assert told.startswith("error: 400: ")
    assert told.count("400") == 1
    assert "8000" in told


@pytest.mark.parametrize("target", ["up", "policy"])
def test_a_stack_without_a_config_is_not_made(target: str) -> None:
    result = subprocess.run(
        ["make", target, "STACK=sandbox-awz"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert result.stdout == ""
    assert "STACK is 'sandbox-awz', and there is no Pulumi.sandbox-awz.yaml." in result.stderr
    assert STACK in result.stderr


def test_make_takes_a_question_as_it_is_written() -> None:
    """A dollar sign is not make's."""
    question = "Who paid $HOME?"
    result = subprocess.run(
        ["make", "--eval", 'show:\n\t@echo "$${QUESTION}"', "show", f"Q={question}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.strip() == question, result.stderr
