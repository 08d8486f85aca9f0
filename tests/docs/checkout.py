"""A fresh checkout of the repository, as a newcomer has it, in which the commands of the pages are run."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pages import ROOT

# Of the process that runs the tests, not of a person's shell: make's own variables, and settings of engine and cloud.
FOREIGN = ("AWS_", "MAKE", "MFLAGS", "PULUMI_", "PYTEST_", "QUESTION", "STACK", "TENANT", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Checkout:
    """The checkout, and a `pulumi` on PATH that is its sandbox's: commands for a real cloud run there too."""

    directory: Path
    commands: Path

    def run(self, script: str, page: str) -> subprocess.CompletedProcess[str]:
        """Run lines of a page from the checkout's top, as one paste into a shell; its variables last over a page."""
        variables = self.commands / f"{Path(page).stem}.variables"
        variables.touch()
        lines = f"set -euo pipefail\nsource '{variables}'\n{script}\nexport -p > '{variables}'\n"
        return subprocess.run(
            ["bash", "-c", lines],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        """A person's environment."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return {**own, "PATH": f"{self.commands}{os.pathsep}{own['PATH']}"}


def make_checkout(base: Path) -> Checkout:
    """Copy every file that is, or would be, under version control."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    checkout = Checkout(base / "checkout", base / "commands")
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).exists():  # one that was deleted is listed until that is committed
            target = checkout.directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    checkout.commands.mkdir()
    (checkout.commands / "pulumi").symlink_to(checkout.directory / "tools" / "pulumi")
    return checkout


def stop_sandbox(checkout: Checkout) -> None:
    """End what the commands left running."""
    python = checkout.directory / ".venv" / "bin" / "python"
    if python.exists():
        subprocess.run(
            [python, "-m", "pulumi_sandbox", "stop", "--state", ".sandbox/cloud"], cwd=checkout.directory, check=True
        )
