"""Entry point of the language host: ``python -u tools/language_host ENGINE_ADDRESS``."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])  # the checkout, in place of this directory

from tools.language_host.serve import serve  # noqa: E402 - needs the line above

if __name__ == "__main__":
    # The engine puts its logging flags first and its own address last.
    serve(sys.argv[-1] if len(sys.argv) > 1 else "")
