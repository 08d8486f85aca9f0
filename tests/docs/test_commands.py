"""Every command on the pages is run, in order, in a fresh checkout, and prints what the page says it prints."""

import json
import re
import shlex
from typing import NamedTuple

import pytest
from checkout import Checkout
from pages import PAGES, ROOT, Block, blocks, code, read

pytestmark = pytest.mark.xdist_group("docs")


class Instead(NamedTuple):
    """What is run in place of a line of a page, and why."""

    line: str
    command: str
    reason: str


INSTEAD = (
    Instead("make test", "make --dry-run test", "it would run these tests again"),
    Instead(
        "pulumi up --stack production --policy-pack policy --policy-pack-config policy/config/production.json",
        "pulumi config --stack production",
        "it waits for a person's consent; team-a, which has the same config, was previewed above it",
    ),
)
"""Every other line is run as it stands. `pulumi` itself is the sandbox's: the pages' real cloud is one there."""

LANGUAGES = {"json", "sh", "text", "python", "yaml", "mermaid"}
"""What a fenced block may hold; `sh` is run, `text` what the `sh` before it prints, `python` and `yaml` part of the
file named."""

EVERY_BLOCK = [block for page in PAGES for block in blocks(page)]
COMMANDS = [block for block in EVERY_BLOCK if block.language == "sh"]


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_the_commands_do_what_the_page_says(checkout: Checkout, block: Block) -> None:
    result = checkout.run(runnable(block.text), block.page)
    assert (result.returncode != 0) == (block.info == "fails"), result.stdout
    missing = first_missing(expected_lines(block), result.stdout)
    assert missing is None, f"{block} says that it prints {missing!r}; it printed:\n{result.stdout}"


def runnable(text: str) -> str:
    return "\n".join(next((i.command for i in INSTEAD if i.line == line), line) for line in text.splitlines())


def expected_lines(block: Block) -> list[str]:
    """What the page shows below the commands, or nothing."""
    following = EVERY_BLOCK[EVERY_BLOCK.index(block) + 1 :][:1]
    if not following or following[0].language != "text" or following[0].page != block.page:
        return []
    return following[0].text.splitlines()


def first_missing(expected: list[str], printed: str) -> str | None:
    """The first expected line that is not printed after those before it; `…` stands for any text."""
    lines = iter(printed.splitlines())
    for each in expected:
        pattern = re.compile(".*".join(map(re.escape, each.strip().split("…"))))
        if not any(pattern.fullmatch(line.strip()) for line in lines):
            return each
    return None


def test_a_line_that_is_not_printed_is_missed() -> None:
    assert first_missing(["  b … d", "e"], "a\nb c d\n e\n") is None
    assert first_missing(["e", "b … d"], "a\nb c d\n e\n") == "b … d"
    assert first_missing(["b"], "a\nb c d\n") == "b"


def test_no_page_and_no_block_is_left_out() -> None:
    assert {"README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))} == set(PAGES)
    for page in PAGES:
        assert len(blocks(page)) * 2 == len(re.findall(r"^[ \t]*(?:```|~~~)", read(page), flags=re.MULTILINE)), page
    for before, block in zip([None, *EVERY_BLOCK], EVERY_BLOCK, strict=False):
        assert block.language in LANGUAGES, block
        if block.language == "json":
            json.loads(block.text)
        assert block.language != "text" or (before and before.language == "sh" and before.page == block.page), block
        assert block.language != "sh" or block.info in ("", "fails"), block


def test_what_is_run_in_place_of_a_line_is_for_a_line_that_there_is() -> None:
    lines = {line for block in COMMANDS for line in block.text.splitlines()}
    assert {each.line for each in INSTEAD} <= lines


@pytest.mark.parametrize("block", [block for block in EVERY_BLOCK if block.language in ("python", "yaml")], ids=str)
def test_programs_are_taken_from_files_that_run(block: Block) -> None:
    assert block.text in (ROOT / block.info).read_text()


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_in_the_text_exist(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    for command in code(re.sub(r"^```.*?^```$", "", read(page), flags=re.MULTILINE | re.DOTALL)):
        if command.startswith("make "):
            named = [word for word in shlex.split(command)[1:] if "=" not in word]
            assert set(named) <= targets, command


def test_the_steps_of_the_workflow_are_run(checkout: Checkout) -> None:
    steps = re.findall(r"^ +- run: (.+)$", (ROOT / "examples" / "ci" / "policy.yml").read_text(), flags=re.MULTILINE)
    assert steps
    for step in steps:
        result = checkout.run(step, "docs/governance.md")
        assert result.returncode == 0, result.stdout
    assert json.loads((checkout.directory / ".policy" / "policy.sarif").read_text())["runs"]
