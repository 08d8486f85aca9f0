"""Draws docs/architecture.svg: of the recorded stack, or with --stack of one that is deployed in the sandbox."""

import argparse
from pathlib import Path

from tools.stack_graph import ROOT, deployed, recorded

from .picture import Picture

PAGE = ROOT / "docs" / "architecture.svg"


def main() -> None:
    """Draw, and say where."""
    parser = argparse.ArgumentParser(prog="python -m tools.diagram", description=__doc__)
    parser.add_argument("--stack", help="a stack that is deployed in the sandbox; the recorded one by default")
    parser.add_argument("--out", type=Path, default=PAGE, help="where the picture goes")
    arguments = parser.parse_args()
    nodes = deployed(arguments.stack) if arguments.stack else recorded()
    arguments.out.write_text(Picture(nodes).draw())
    print(f"drew {len(nodes)} resources and components to {arguments.out}")


if __name__ == "__main__":
    main()
