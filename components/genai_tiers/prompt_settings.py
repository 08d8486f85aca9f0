"""The settings of the prompt, in the argument `prompt`. A version is one item of DynamoDB, of 400 KB at most."""

from dataclasses import dataclass

from .prompts import DEFAULT_PROMPT, DEFAULT_PROMPT_VERSION, prompt_problem
from .validation import Reader, finish_all, unique


@dataclass(frozen=True)
class Prompt:
    """All versions of the prompt and the live one."""

    versions: tuple[tuple[str, str], ...] = ((DEFAULT_PROMPT_VERSION, DEFAULT_PROMPT),)
    live_version: str = DEFAULT_PROMPT_VERSION


def read_prompt(reader: Reader) -> Prompt:
    """The settings in the argument `prompt`."""
    default = Prompt()
    readers = reader.many("versions")
    versions: list[tuple[str, str]] = []
    for each in readers:
        version = each.required_text(
            "version", pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", expected="a version such as 2"
        )
        text = each.required_text("text", longest=60_000)
        if text and (problem := prompt_problem(text)):
            each.problems.append(f"{each.where('text')}: {problem}")
        versions.append((version, text))
    finish_all(readers)
    names = [version for version, _ in versions]
    unique(reader.problems, reader.where("versions"), names, "version")
    if not versions:
        versions, names = list(default.versions), [default.live_version]
    live = reader.text("live_version", names[-1])
    if live not in names:
        reader.say("live_version", f"expected one of the versions: {', '.join(names)}")
    reader.finish()
    return Prompt(tuple(versions), live)
