"""Set-up: where the engine comes from, what is asked of a machine, and that interrupted work is finished later."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from tools.toolchain import build, engine, files, installer, paths, venv
from tools.toolchain.progress import SetupError


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty cache, and with no commands but the standard ones and those put here."""
    directory = tmp_path / "commands"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    script(directory / "curl", "echo 'curl: (6) no such host' >&2; exit 6")
    script(directory / "go", "echo 'go version go1.20 linux/amd64'")
    return directory


# --- PATH ---


@pytest.mark.parametrize(
    ("version", "host", "found"),
    [
        (f"v{engine.VERSION}", True, True),
        ("v3.999.0", True, True),
        ("v3.255.0-alpha.1", True, True),
        ("v3.254.9", True, False),
        ("v4.0.0", True, False),
        (f"v{engine.VERSION}", False, False),
        ("gibberish", True, False),
    ],
)
def test_a_pulumi_on_path_must_be_new_enough_and_have_its_host(commands: Path, version: str, host: bool, found: bool):
    executable = script(commands / "pulumi", f"echo {version}")
    if host:
        script(commands / "pulumi-language-python", "")
    assert engine.find_on_path() == (executable if found else None)


def test_our_own_wrapper_is_not_an_engine(commands: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", f"{paths.CHECKOUT / 'tools'}{os.pathsep}{os.environ['PATH']}")
    script(commands / "pulumi-language-python", "")
    assert engine.find_on_path() is None


# --- official installer ---

# What the official script does that matters here: it installs below --install-root, and into $HOME.
INSTALLER = """
cat <<'SCRIPT'
echo "$@" > "$HOME/arguments"
while [ "$1" != --install-root ]; do shift; done
mkdir -p "$2/bin"
printf '#!/bin/sh\\necho v9\\n' > "$2/bin/pulumi"
cp "$HOME/arguments" "$2/bin/pulumi-language-python"
chmod +x "$2/bin/pulumi"
SCRIPT
"""


def test_the_installer_leaves_the_users_home_alone_and_runs_once(
    commands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    script(commands / "curl", INSTALLER)
    executable = installer.install("3.255.0", cached_only=False)
    assert executable is not None
    assert executable.is_relative_to(tmp_path / "cache")
    arguments = executable.with_name("pulumi-language-python").read_text()
    assert arguments.startswith("--version 3.255.0 --no-edit-path --install-root ")
    assert list((tmp_path / "home").iterdir()) == []

    script(commands / "curl", "exit 1")
    assert installer.install("3.255.0", cached_only=False) == executable


@pytest.mark.parametrize(
    ("curl", "expected"),
    [
        ("echo 'curl: (6) no such host' >&2; exit 6", "no such host"),
        ("echo 'echo broken; exit 3'", "failed: broken"),
        ("echo 'mkdir -p $HOME/.pulumi/bin; touch $HOME/.pulumi/bin/pulumi'", "no pulumi-language-python"),
    ],
)
def test_an_installer_that_does_not_install_is_an_error_and_leaves_nothing(
    commands: Path, tmp_path: Path, curl: str, expected: str
):
    script(commands / "curl", curl)
    with pytest.raises(SetupError, match=expected):
        installer.install("3.255.0", cached_only=False)
    assert not list((tmp_path / "cache").rglob("pulumi"))


# --- Go build ---

GO = """
case "$1" in
    version) echo 'go version go1.26.8 linux/amd64' ;;
    list) echo 'package-one package-two' ;;
    build) while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\\necho {version}\\n' > "$2"; chmod +x "$2" ;;
esac
"""


def test_a_build_is_kept_for_every_checkout(commands: Path, tmp_path: Path):
    assert build.build("3.255.0", cached_only=True) is None
    script(commands / "go", GO.format(version="v3.255.0"))
    executable = build.build("3.255.0", cached_only=False)
    assert executable is not None
    assert executable.is_relative_to(tmp_path / "cache")
    (commands / "go").unlink()
    assert build.build("3.255.0", cached_only=True) == executable


@pytest.mark.parametrize(
    ("go", "expected"),
    [
        ("echo 'go version go1.20 linux/amd64'", "too old"),
        (GO.format(version="v3.1.0"), "calls itself 'v3.1.0', not v3.255.0"),
        (GO.replace("build)", "build) echo 'no network' >&2; exit 1;").format(version=""), "no network"),
    ],
)
def test_a_build_that_fails_is_not_kept(commands: Path, tmp_path: Path, go: str, expected: str):
    script(commands / "go", go)
    with pytest.raises(SetupError, match=expected):
        build.build("3.255.0", cached_only=False)
    assert not list((tmp_path / "cache").rglob("pulumi"))


def test_an_interrupted_build_is_done_again(commands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    script(commands / "go", GO.format(version="v3.255.0"))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(build, "_check", interrupted)
        with pytest.raises(KeyboardInterrupt):
            build.build("3.255.0", cached_only=False)
    assert not list((tmp_path / "cache").rglob("pulumi"))
    assert build.build("3.255.0", cached_only=False) is not None


# --- the choice ---


@pytest.mark.usefixtures("commands")
def test_when_nothing_works_one_error_says_what_was_tried_and_what_to_install():
    with pytest.raises(SetupError) as raised:
        engine._choose()
    message = str(raised.value)
    for part in ("PATH: no `pulumi`", "official installer: curl: (6) no such host", "Go build: ", "too old"):
        assert message.count(part) == 1
    assert "Install Pulumi 3.255.0" in message


def test_the_official_installer_comes_before_a_build(commands: Path):
    script(commands / "curl", INSTALLER)
    script(commands / "go", GO.format(version="v3.255.0"))
    assert engine._choose().origin == "official installer"


def test_a_cached_build_comes_before_any_download(commands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "ENGINE_BIN", tmp_path / "bin")
    script(commands / "go", GO.format(version="v3.255.0"))
    build.build("3.255.0", cached_only=False)
    script(commands / "curl", INSTALLER)
    chosen = engine._choose()
    assert (chosen.origin, chosen.own_language_host) == ("Go build", True)
    assert chosen.executable == str(tmp_path / "bin" / "pulumi")


# --- Python environment ---


def test_an_interrupted_environment_is_finished_by_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(venv, "TOOLS", tmp_path)
    monkeypatch.setattr(venv, "PYTHON", tmp_path / "venv" / "bin" / "python")
    monkeypatch.setattr(venv, "STAMP", tmp_path / "venv" / "stamp")
    monkeypatch.setattr(venv, "UNFINISHED", tmp_path / "venv" / "unfinished")
    ran: list[str] = []
    interrupt_at = 2

    def run(command: list[str], **_: object) -> None:
        ran.append(" ".join(command))
        if "venv" in command:
            script(tmp_path / "venv" / "bin" / "python", 'exec python3 "$@"')
        if len(ran) == interrupt_at:
            raise KeyboardInterrupt

    monkeypatch.setattr(venv, "_run", run)
    with pytest.raises(KeyboardInterrupt):
        venv.ensure()
    assert not venv.up_to_date()
    interrupt_at = 0
    ran.clear()
    assert venv.ensure()
    assert "venv --clear" in ran[0]  # not mended: a killed installation may have left half a package
    assert f"-e {paths.CHECKOUT}" in ran[-1]
    assert venv.up_to_date()
    assert not venv.ensure()


def test_no_python_is_a_clear_error(tmp_path: Path):
    for command in ("sh", "dirname"):
        (tmp_path / command).symlink_to(f"/usr/bin/{command}")
    script(tmp_path / "python3", "exit 1")  # too old: the version check fails
    result = subprocess.run(
        [tmp_path / "sh", paths.CHECKOUT / "tools" / "setup"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "no Python 3.11 or newer found" in result.stderr
    assert "Install one" in result.stderr


def test_the_second_time_there_is_nothing_to_do():
    command = [paths.CHECKOUT / "tools" / "setup"]
    subprocess.run(command, capture_output=True, check=True)
    began = time.monotonic()
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert time.monotonic() - began < 3
    assert "everything is set up already" in result.stderr


# --- files ---


def test_a_file_is_replaced_whole(tmp_path: Path):
    target = tmp_path / "deep" / "file"
    files.write_atomically(target, "one", executable=True)
    unchanged = target.stat().st_ino
    files.write_atomically(target, "one")
    assert target.stat().st_ino == unchanged
    files.write_atomically(target, "two")
    assert target.read_text() == "two"
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_a_link_follows_its_source(tmp_path: Path):
    source, target = tmp_path / "source", tmp_path / "bin" / "target"
    source.write_text("one")
    files.link_or_copy(source, target)
    source.unlink()
    source.write_text("two")
    files.link_or_copy(source, target)
    assert target.read_text() == "two"
