"""Links between the repository's pages lead somewhere."""

import re

import pytest
from pages import PAGES, ROOT, read

FIDELITY = "providers/pulumi_sandbox/FIDELITY.md"


def anchors(page: str) -> set[str]:
    """The anchors that headings have, as code hosts make them."""
    headings = re.findall(r"^#+ (.*)$", read(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, FIDELITY])
def test_links_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(str(target.relative_to(ROOT))), link


@pytest.mark.parametrize("page", [*PAGES, FIDELITY])
def test_paths_in_the_text_exist(page: str) -> None:
    folders = "components|docs|examples|policy|providers|runtime|tests|tools"
    for path in re.findall(rf"`((?:{folders})/[\w./-]*)`", read(page)):
        assert (ROOT / path).exists(), path
