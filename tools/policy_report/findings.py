"""What a preview's event log says of the pack."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

UNDECIDED = "can't run policy"
"""How the message of a rule begins that waits for the update."""


@dataclass(frozen=True)
class Finding:
    """A rule and a resource. `level` is `mandatory`, `advisory`, `remediate` (mended in the update), or `undecided`
    (left to the update)."""

    rule: str
    resource: str
    level: str
    severity: str
    message: str

    @property
    def blocks(self) -> bool:
        """Whether the update would be refused."""
        return self.level == "mandatory"


def read_findings(event_log: Path) -> list[Finding]:
    """Every finding in the log, once."""
    return list(dict.fromkeys(_findings(event_log)))


def _findings(event_log: Path) -> Iterator[Finding]:
    for line in event_log.read_text().splitlines():
        event = json.loads(line)
        found = event.get("policyEvent")
        if found:
            message = found["message"].strip()
            # The title comes first, which the report has of the rule itself.
            text = message.split("\n", maxsplit=1)[-1].strip()
            level = "undecided" if text.startswith(UNDECIDED) else found["enforcementLevel"]
            yield Finding(found["policyName"], found.get("resourceUrn", ""), level, found.get("severity", ""), text)
        mended = event.get("policyRemediationEvent")
        if mended:
            yield Finding(
                mended["policyName"], mended.get("resourceUrn", ""), "remediate", "", "is set right in the update"
            )
