"""Writes docs/cost.md, of the recorded stack; with --stack prints the page of one that is deployed in the sandbox."""

import argparse

from tools.stack_graph import ROOT, deployed, recorded

from .page import cost_page

PAGE = ROOT / "docs" / "cost.md"


def main() -> None:
    """Write or print the page."""
    parser = argparse.ArgumentParser(prog="python -m tools.cost", description=__doc__)
    parser.add_argument("--stack", help="a stack that is deployed in the sandbox; its page is printed")
    stack = parser.parse_args().stack
    if stack:
        print(cost_page(deployed(stack), stack))
        return
    PAGE.write_text(cost_page(recorded()))
    print(f"wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
