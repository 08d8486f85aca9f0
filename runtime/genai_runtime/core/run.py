"""What every step of the pipeline knows about the request that it works on."""

from collections.abc import Callable
from dataclasses import dataclass

from genai_runtime.core.config import Config
from genai_runtime.core.ports import Ports
from genai_runtime.core.request import Caller, Trace
from genai_runtime.core.steps import Steps


@dataclass(frozen=True)
class Run:
    """One request on its way through the pipeline. `deadline` is in monotonic seconds."""

    config: Config
    ports: Ports
    caller: Caller
    trace: Trace
    steps: Steps
    deadline: float
    read_cache: bool = True
    write_cache: bool = True
    counted: bool = True
    """Whether it is one of its tenant's requests per minute; the lines of a batch are not, as nobody sends them."""
    on_text: Callable[[str], None] | None = None
    """Takes the answer piece by piece, each piece judged by the guardrail; None where it is only wanted whole."""
