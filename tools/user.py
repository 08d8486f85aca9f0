"""Gives a user of a deployed stack a new password, to sign in with on the chat page, and prints both."""

import argparse
import sys

from tools import running_stack
from tools.demo_user import SignInError


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="tools/user", description=__doc__)
    parser.add_argument("--stack", default=running_stack.STACK)
    parser.add_argument("--tenant", default="", help="display name or id of a tenant; the stack's first by default")
    options = parser.parse_args()
    found = running_stack.outputs(options.stack)
    try:
        tenant = running_stack.tenant(options.stack, options.tenant)
        email, password = running_stack.demo_password(found, tenant["id"])
    except SignInError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(
        f"page      {found.get('app_url') or 'none: web_app.enabled is false'}\nemail     {email}\npassword  {password}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
