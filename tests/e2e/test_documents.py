"""The knowledge base follows the documents."""

import pytest
from deployment import Deployment

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
