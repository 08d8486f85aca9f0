"""What goes from step to step of a chain: the request, and the answers so far."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from genai_runtime.core.cached_answer import dump_answer, load_answer
from genai_runtime.core.request import Caller, Media, Message, Outcome, PromptRequest, Sampling, Trace
from genai_runtime.core.tools import AUTO


@dataclass(frozen=True)
class Step:
    """One step as the deployment defines it: its prompt's name and version, and the model that is asked first. `last`
    is the step whose answer the client gets."""

    name: str
    prompt: str
    version: str
    model: str
    retrieves: bool
    takes_instructions: bool
    last: bool


@dataclass(frozen=True)
class Work:
    """A request on its way through a chain. `deadline` is in seconds since the epoch; `outcomes` are those of the steps
    that are done, in their order, each with the step's name."""

    request: PromptRequest
    caller: Caller
    trace: Trace
    deadline: float
    read_cache: bool
    write_cache: bool
    outcomes: tuple[tuple[str, Outcome], ...] = ()


def dump_work(work: Work) -> dict[str, Any]:
    """Return the work as values of JSON."""
    return {
        "request": asdict(work.request),
        "caller": asdict(work.caller),
        "trace": asdict(work.trace),
        "deadline": work.deadline,
        "read_cache": work.read_cache,
        "write_cache": work.write_cache,
        "outcomes": [
            {"step": name, "answer": json.loads(dump_answer(outcome.answer)), "cached": outcome.cached}
            for name, outcome in work.outcomes
        ],
    }


def load_work(raw: Mapping[str, Any]) -> Work:
    """Return the work that `dump_work` wrote.

    Raises:
        ValueError, TypeError, KeyError: it did not write this.
    """
    return Work(
        request=_request(raw["request"]),
        caller=Caller(**raw["caller"]),
        trace=Trace(**raw["trace"]),
        deadline=raw["deadline"],
        read_cache=raw["read_cache"],
        write_cache=raw["write_cache"],
        outcomes=tuple((done["step"], _outcome(done)) for done in raw["outcomes"]),
    )


def _request(raw: Mapping[str, Any]) -> PromptRequest:
    # No work holds what only steps and parts of fan-outs have, nor tools, which chains refuse.
    read: dict[str, Any] = {
        **raw,
        "messages": tuple(Message(message["role"], message["text"]) for message in raw["messages"]),
        "standing": tuple(raw["standing"]),
        "sampling": replace(Sampling(**raw["sampling"]), stop=tuple(raw["sampling"]["stop"])),
        "media": tuple(Media(**media) for media in raw["media"]),
        "quoted": None,
        "tools": (),
        "tool_choice": AUTO,
        "turns": (),
        "earlier": None,
    }
    return PromptRequest(**read)


def _outcome(raw: Mapping[str, Any]) -> Outcome:
    answer = load_answer(json.dumps(raw["answer"]))
    if answer is None:
        raise ValueError("the work holds an answer of another release")
    return Outcome(answer, raw["cached"])
