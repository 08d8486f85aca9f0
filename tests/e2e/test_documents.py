"""The knowledge base follows the documents."""

import time
from typing import Any

import pytest
from deployment import ACME, GLOBEX, Deployment

pytestmark = pytest.mark.xdist_group("e2e")


def test_a_changed_document_is_answered_from_and_a_deleted_one_is_not(stack: Deployment) -> None:
    folder = stack.program / "examples" / "documents" / "shared"
    page = folder / "canteen.md"
    page.write_text("# Canteen\n\nThe canteen serves lunch from half past eleven.\n")
    stack.up()
    assert (
        "half past eleven" in stack.ask("From when does the canteen serve lunch?")["choices"][0]["message"]["content"]
    )
    page.write_text("# Canteen\n\nThe canteen serves lunch from twelve.\n")
    stack.up()
    assert "from twelve" in stack.ask("When does the canteen serve its lunch?")["choices"][0]["message"]["content"]
    page.unlink()
    stack.up()
    answer = stack.ask("When is lunch served by the canteen?")
    assert "canteen.md" not in [source["document"] for source in answer["sources"]]


def test_an_uploaded_document_is_answered_from_by_its_tenant_alone(stack: Deployment) -> None:
    s3, bucket, key = stack.aws("s3"), stack.outputs["documents_bucket"], f"{GLOBEX}/uploads/orchard.md"
    text = "# Orchard\n\nThe orchard of the headquarters grows seventeen kinds of pears."
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode())
    assert "seventeen" in _answer_with(stack, "orchard.md", GLOBEX)
    ours = stack.ask("How many kinds of pears grow in the orchard?", ACME)
    assert "orchard.md" not in str(ours["sources"])
    assert "seventeen" not in ours["choices"][0]["message"]["content"]
    s3.delete_object(Bucket=bucket, Key=key)
    deadline = time.monotonic() + 40
    while "orchard.md" in _sources(stack.ask(_new_question(), GLOBEX)):
        assert time.monotonic() < deadline
        time.sleep(1)


def _answer_with(stack: Deployment, document: str, tenant: str) -> str:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        answer = stack.ask(_new_question(), tenant)
        if document in _sources(answer):
            return answer["choices"][0]["message"]["content"]
        time.sleep(1)
    raise AssertionError(f"{document} was not ingested")


def _sources(answer: Any) -> str:
    return str([source["document"] for source in answer["sources"]])


def _new_question() -> str:
    return f"How many kinds of pears grow in the orchard, asked at {time.monotonic_ns() % 10**6}?"
