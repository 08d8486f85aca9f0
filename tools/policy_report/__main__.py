"""`make policy`: judges a stack's preview by the policy pack, and checks that the update would lose no data."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from tools.policy_report.findings import Finding, read_findings
from tools.policy_report.junit import junit
from tools.policy_report.pack import ROOT
from tools.policy_report.sarif import sarif
from tools.policy_report.summary import summary

PROGRAM = "__main__.py"


def main(arguments: list[str]) -> int:
    """Print the summary and write the reports. Returns the exit code: 1 when the update would be refused or would lose
    data, or when there is no preview."""
    parser = argparse.ArgumentParser(prog="python -m tools.policy_report", description=__doc__)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--environment", default="dev", help="which file of policy/config sets the levels")
    parser.add_argument("--output", type=Path, default=Path(".policy"), help="the directory of the reports")
    given = parser.parse_args(arguments)
    configuration = Path("policy/config") / f"{given.environment}.json"
    if not configuration.exists():
        known = ", ".join(sorted(path.stem for path in configuration.parent.glob("*.json")))
        print(
            f"error: ENVIRONMENT is {given.environment!r}, and there is no {configuration}. Choose one of: {known}.",
            file=sys.stderr,
        )
        return 1
    given.output.mkdir(exist_ok=True)
    log, preview = given.output / "events.jsonl", given.output / "preview.json"
    log.unlink(missing_ok=True)
    print(f"previewing {given.stack} with the rules of {configuration}", flush=True)
    code, trouble = _preview(given.stack, configuration, log, preview)
    findings = read_findings(log) if log.exists() else []
    # A preview that a rule blocks fails as well; any other failure leaves resources that no rule has seen.
    if code != 0 and not any(found.blocks for found in findings):
        print(trouble, file=sys.stderr)
        print("error: the preview failed, so that the rules have not judged the whole stack.", file=sys.stderr)
        return 1
    _write(findings, given.output)
    print(summary(findings))
    print(f"\nreports: {given.output}/policy.sarif, {given.output}/policy.xml")
    blocked = sum(found.blocks for found in findings)
    if blocked:
        print(f"error: the update would be refused, for {blocked} reasons.", file=sys.stderr)
        return 1
    return _losses(given.stack, preview)


def _preview(stack: str, configuration: Path, log: Path, preview: Path) -> tuple[int, str]:
    command = ["tools/pulumi", "preview", "--stack", stack, "--json", "--show-sames", "--event-log", str(log)]
    command += ["--policy-pack", "policy", "--policy-pack-config", str(configuration)]
    # The engine has the event log as an option of its own developers.
    environment = {**os.environ, "PULUMI_DEBUG_COMMANDS": "true"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    preview.write_text(done.stdout)
    return done.returncode, done.stderr.strip() or _diagnostics(done.stdout)


def _diagnostics(printed: str) -> str:
    try:
        told = json.loads(printed).get("diagnostics", [])
    except ValueError:
        return printed
    return "\n".join(each["message"].strip() for each in told if each.get("severity") == "error")


def _write(findings: list[Finding], directory: Path) -> None:
    (directory / "policy.sarif").write_text(json.dumps(sarif(findings, PROGRAM), indent=2) + "\n")
    (directory / "policy.xml").write_text(junit(findings))


def _losses(stack: str, preview: Path) -> int:
    command = [sys.executable, "-m", "genai_tiers.refactor", "check", "--preview", str(preview), "--stack", stack]
    return subprocess.run([*command, "--pulumi", str(ROOT / "tools" / "pulumi")], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
