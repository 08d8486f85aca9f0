"""The command line: ``python -m pulumi_sandbox serve|start|stop|status|env|reset``."""

import argparse
import sys
from collections.abc import Sequence

from pulumi_sandbox import lifecycle
from pulumi_sandbox.layout import SandboxStartError, StateDirectory, standard_environment, state_directory

_COMMANDS = {
    "serve": "run the daemon in the foreground",
    "start": "run the daemon in the background, wait until it answers, print its URL; does nothing when it runs",
    "stop": "stop the daemon and the processes it started; the state stays",
    "status": "say whether the daemon runs, where, and what it keeps",
    "env": "print the environment variables that point AWS SDKs and provider plugins at the sandbox",
    "reset": "stop the daemon and delete its state",
}


def _say(*lines: str) -> None:
    sys.stdout.write("".join(line + "\n" for line in lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pulumi_sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in _COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--state", help="state directory (default: $PULUMI_SANDBOX_STATE, else .sandbox/cloud)")
        if name in ("serve", "start"):
            command.add_argument(
                "--port", type=int, help="port (default: the one used before, else 4566 or a free one)"
            )
    return parser


def _status(state: StateDirectory) -> int:
    pid = lifecycle.running_pid(state)
    answer = lifecycle.health(state.endpoint) if pid and state.endpoint else None
    rows = {
        "state": str(state.root),
        "endpoint": state.endpoint or "none yet",
        "daemon": f"process {pid}" if pid else "not running",
        "answers": "yes" if answer else "no",
    }
    if answer and answer.get("memory_only"):
        rows["lost at a stop"] = ", ".join(answer["memory_only"]) + " (kept in memory only)"
    for service, reason in (answer or {}).get("not_written", {}).items():
        rows[f"not written: {service}"] = reason
    width = max(map(len, rows))
    _say(*(f"{name:<{width}}  {value}" for name, value in rows.items()))
    return 0 if answer else 1


def _run(arguments: argparse.Namespace) -> int:
    state = state_directory(arguments.state)
    match arguments.command:
        case "serve":
            from pulumi_sandbox.server import serve  # the other commands need no web server

            serve(state, arguments.port)
        case "start":
            _say(lifecycle.start(state, arguments.port))
        case "stop":
            _say("stopped" if lifecycle.stop(state) else "not running")
        case "status":
            return _status(state)
        case "env":
            if state.endpoint is None:
                raise SandboxStartError(
                    f"no sandbox was ever started on {state.root}; run `python -m pulumi_sandbox start` first"
                )
            _say(*(f"{name}={value}" for name, value in standard_environment(state.endpoint).items()))
        case _:
            _say("deleted" if lifecycle.reset(state) else "nothing to delete")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. ``status`` returns 1 when the daemon does not answer."""
    try:
        return _run(_parser().parse_args(arguments))
    except SandboxStartError as error:
        sys.stderr.write(f"pulumi_sandbox: {error}\n")
        return 2
