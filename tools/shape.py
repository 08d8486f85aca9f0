"""The shape of a stack: the identity of every resource, which a release must keep or carry over by an alias.

`tools/pulumi stack export --stack S | python -m tools.shape` prints it, to be recorded in tests/refactor/shapes.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any


def shape(deployment: Mapping[str, Any]) -> list[str]:
    """Return the type chain and the name of every resource of an exported stack, sorted; they are what the engine knows
    a resource by, but for the names of the stack and the project."""
    return sorted(resource["urn"].split("::", 2)[2] for resource in deployment["deployment"]["resources"][1:])


def main() -> None:
    """Print the shape of the exported stack on standard input, as JSON."""
    print(json.dumps(shape(json.load(sys.stdin)), indent=2))


if __name__ == "__main__":
    main()
