"""A person signs in on the chat page, asks, watches an answer being written, and has one made in the background."""

import uuid

import pytest
from background import NOVA_LITE
from chat_page import ask, create_user, open_page, sign_in
from deployment import GLOBEX, Deployment
from playwright.sync_api import expect

pytestmark = pytest.mark.xdist_group("e2e")


def new_user(stack: Deployment, **options: str) -> str:
    email = f"{uuid.uuid4().hex}@example.com"
    create_user(stack, email, **options)
    return email


def test_a_person_signs_in_asks_streams_and_sees_a_job_finish(stack: Deployment) -> None:
    email = new_user(stack)
    with open_page(stack) as page:
        sign_in(page, email)
        expect(page.get_by_text(email)).to_be_visible()
        assert page.url == f"{stack.outputs['app_url']}/"  # the code is gone from the address

        ask(page, "How soon must a lost laptop be reported?", "whole")
        first = page.locator(".answer").nth(0)
        expect(first).to_contain_text("within one hour")
        expect(first.locator("summary")).to_contain_text("security-handbook.md")
        first.locator("summary").click()
        expect(first.locator("blockquote").first).to_contain_text("Report a lost laptop")

        ask(page, f"What must visitors wear? {uuid.uuid4().hex}", "as it is written")
        second = page.locator(".answer").nth(1)
        expect(second).to_have_attribute("aria-busy", "false")
        expect(second).to_contain_text("badge")

        ask(page, f"What does the rocket skate cost? {uuid.uuid4().hex}", "in the background")
        job = page.locator("#job-list li").first
        expect(job.get_by_role("status")).to_have_text("done")
        expect(job.locator(".result")).to_contain_text("480 euros")

        page.reload()
        expect(page.locator("#job-list li .result")).to_contain_text("480 euros")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        assert page.evaluate("sessionStorage.length") == 0


RULES = "Which rules are there for visitors, laptops, receipts, hotels, journeys and meals?"

WATCH = """() => {
  window.seen = [];
  new MutationObserver(() => {
    const answer = document.querySelector(".answer");
    if (answer.getAttribute("aria-busy") === "true") window.seen.push(answer.textContent.length);
  }).observe(document.getElementById("answers"), { childList: true, subtree: true, characterData: true });
}"""
"""Notes how long the answer is at each change while it is being written."""


def test_an_answer_is_shown_while_it_is_written(stack: Deployment) -> None:
    email = new_user(stack)
    with open_page(stack) as page:
        sign_in(page, email)
        expect(page.locator("#who")).to_be_visible()
        page.evaluate(WATCH)
        ask(page, f"{RULES} {uuid.uuid4().hex}", "as it is written")
        expect(page.locator(".answer")).to_have_attribute("aria-busy", "false")
        lengths = page.evaluate("window.seen")
        assert lengths == sorted(lengths)
        assert lengths[-1] > 0, "nothing was shown before the answer was there as a whole"


def test_a_job_can_be_cancelled(stack: Deployment) -> None:
    email = new_user(stack)
    with open_page(stack) as page, stack.model_fault(target=NOVA_LITE, kind="delay", delay_seconds=4):
        sign_in(page, email)
        expect(page.locator("#who")).to_be_visible()
        ask(page, f"Who may approve travel? {uuid.uuid4().hex}", "in the background")
        job = page.locator("#job-list li").first
        job.get_by_role("button").click()
        expect(job.get_by_role("status")).to_have_text("cancelled")


def test_another_tenants_documents_do_not_show(stack: Deployment) -> None:
    email = new_user(stack, tenant=GLOBEX)
    with open_page(stack) as page:
        sign_in(page, email)
        expect(page.locator("#who")).to_be_visible()
        ask(page, "What does the rocket skate cost?", "whole")
        expect(page.locator(".answer")).to_have_attribute("aria-busy", "false")
        expect(page.locator(".answer")).not_to_contain_text("480 euros")


def test_a_wrong_password_gives_nothing(stack: Deployment) -> None:
    email = new_user(stack)
    with open_page(stack, expected=("status of 401",)) as page:
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill("wrong")
        with page.expect_response("**/login*") as refused:
            page.get_by_role("button", name="Sign in").click()
        assert refused.value.status == 401
        expect(page.get_by_role("alert")).to_have_text("Incorrect username or password.")
        page.goto(stack.outputs["app_url"])
        expect(page.locator("#chat")).to_be_hidden()
