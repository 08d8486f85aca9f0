"""The settings of a chain of prompts, in the argument `chain`."""

import hashlib
from dataclasses import dataclass

from .limits import LEAST_STEP_SECONDS, Limits
from .prompts import placeholders, prompt_problem
from .validation import Reader, finish_all, unique

RESERVED = ("question", "instructions", "passage", "number", "document")
"""What placeholders of prompts mean already."""

VERSION_CHARACTERS = 12
"""Of the hash that is a prompt's version; two prompts of one step share one by chance in one of 10^14 cases."""


@dataclass(frozen=True)
class ChainStep:
    """One step; an empty `model` is the default one."""

    name: str
    prompt: str
    model: str

    @property
    def version(self) -> str:
        """The version of the prompt: another text is another version."""
        return hashlib.sha256(self.prompt.encode()).hexdigest()[:VERSION_CHARACTERS]

    @property
    def retrieves(self) -> bool:
        """Whether passages are retrieved for the step."""
        return "passage" in placeholders(self.prompt)

    @property
    def takes_instructions(self) -> bool:
        """Whether the step's prompt has a place for the client's instructions."""
        return "instructions" in placeholders(self.prompt).get("system", set())


@dataclass(frozen=True)
class Chain:
    """A chain; without steps there is none."""

    name: str = "chain"
    steps: tuple[ChainStep, ...] = ()


def read_chain(reader: Reader, limits: Limits | None) -> Chain:
    """The settings in the argument `chain`; the time that it has is in the limits, of a component that has any."""
    name = reader.text(
        "name", Chain().name, pattern=r"[a-z0-9][a-z0-9._-]{0,62}", expected="a name such as researched-answer"
    )
    readers = reader.many("steps")
    steps: list[ChainStep] = []
    for each in readers:
        step = ChainStep(
            name=each.required_text("name", pattern=r"[a-z][a-z0-9_]{0,30}", expected="a name such as facts"),
            prompt=each.required_text("prompt", longest=60_000),
            model=each.text("model", pattern=r"[a-z0-9][a-z0-9._-]{0,62}", expected="the name of one of the models"),
        )
        if step.name in RESERVED:
            each.say("name", f"placeholders of prompts have that name; choose none of {', '.join(RESERVED)}")
        if step.prompt and (problem := prompt_problem(step.prompt, [earlier.name for earlier in steps])):
            each.problems.append(f"{each.where('prompt')}: {problem}")
        steps.append(step)
    finish_all(readers)
    unique(reader.problems, reader.where("steps"), [step.name for step in steps], "name")
    _report_idle(reader, steps)
    if limits is not None:
        _report_time(reader, len(steps), limits)
    reader.finish()
    return Chain(name, tuple(steps))


def _report_idle(reader: Reader, steps: list[ChainStep]) -> None:
    quoted = [placeholders(step.prompt).get("question", set()) for step in steps]
    reader.problems += [
        f"{reader.where('steps')}[{number}] {step.name!r} is quoted by no later step: quote it as {{{{{step.name}}}}},"
        " or leave it out"
        for number, step in enumerate(steps[:-1])
        if step.name and not any(step.name in later for later in quoted[number + 1 :])
    ]


def _report_time(reader: Reader, steps: int, limits: Limits) -> None:
    if steps * LEAST_STEP_SECONDS > limits.chain_timeout_seconds:
        reader.problems.append(
            f"{reader.where('steps')} has {steps} steps: with limits.answer_timeout_seconds"
            f" {limits.answer_timeout_seconds} there is time for {limits.chain_timeout_seconds // LEAST_STEP_SECONDS};"
            " leave some out, or raise that limit"
        )
