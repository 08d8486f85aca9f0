"""Prints the bearer token of a user of a deployed stack, for curl and other clients. It is good for an hour."""

import argparse
import sys

from tools import running_stack
from tools.demo_user import SignInError


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="tools/token", description=__doc__)
    parser.add_argument("--stack", default=running_stack.STACK)
    parser.add_argument("--tenant", default="", help="display name or id of a tenant; the stack's first by default")
    options = parser.parse_args()
    found = running_stack.outputs(options.stack)
    try:
        print(running_stack.demo_token(found, running_stack.tenant(options.stack, options.tenant)["id"]))
    except SignInError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
