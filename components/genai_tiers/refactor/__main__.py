"""Runs the command line."""

import sys

from genai_tiers.refactor.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
