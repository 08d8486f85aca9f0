"""The chat page in a real browser, as a person uses it."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from deployment import ACME, Deployment
from playwright.sync_api import Page, sync_playwright

PASSWORD = "correct horse Battery 9 staple"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str:
    """The browser of this machine. Fails with what to install when there is none."""
    found = os.environ.get("CHROMIUM") or next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        raise AssertionError(
            f"no browser was found ({', '.join(CHROMIUM)}): install one, with `apt-get install chromium` on Debian, or "
            "set CHROMIUM to the path of one"
        )
    return found


def create_user(stack: Deployment, email: str, tenant: str = ACME) -> None:
    """Creates a person who can sign in with PASSWORD, as an administrator does."""
    cognito: Any = stack.aws("cognito-idp")
    pool = {"UserPoolId": stack.outputs["user_pool_id"], "Username": email}
    attributes = [{"Name": "email", "Value": email}, {"Name": "custom:tenant_id", "Value": tenant}]
    cognito.admin_create_user(**pool, UserAttributes=attributes, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**pool, Password=PASSWORD, Permanent=True)


@contextmanager
def open_page(stack: Deployment, expected: tuple[str, ...] = ()) -> Generator[Page]:
    """The page, freshly opened. Fails at the end when the browser reported other errors than `expected`, such as a
    breach of the Content-Security-Policy."""
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 900, "height": 900})
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.set_default_timeout(20_000)
        page.goto(stack.outputs["app_url"])
        yield page
        browser.close()
    assert [fault for fault in faults if not any(text in fault for text in expected)] == []


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Goes through the hosted sign-in."""
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def ask(page: Page, question: str, mode: str) -> None:
    """Sends a question in one of the modes, named as the page names them."""
    page.get_by_role("radio", name=mode).check()
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
