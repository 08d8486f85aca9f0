"""One step of a chain: the prompt pipeline with the step's own prompt, model and passages."""

from dataclasses import replace
from typing import Any

from genai_runtime.core.chains.failures import failed, refused
from genai_runtime.core.chains.work import Step, Work
from genai_runtime.core.config import Config, PromptRef
from genai_runtime.core.errors import Cause, RefusalError, StepError
from genai_runtime.core.http_exchange import where
from genai_runtime.core.pipeline import answer_request, outcome_record
from genai_runtime.core.ports import Ports
from genai_runtime.core.request import Finish, Outcome, PromptRequest, Sampling
from genai_runtime.core.run import Run
from genai_runtime.core.steps import Steps


def answer_step(step: Step, work: Work, config: Config, ports: Ports, deadline: float) -> Work:
    """Return the work with this step's outcome, before `deadline` in monotonic seconds. After an answer that the
    guardrail blocked, or that its model filtered, there is nothing more to do.

    Raises:
        ChainStepRefusedError: the client must change the request.
        ChainStepThrottledError: a service is at its limit; a repeat may succeed.
        ChainStepFailedError: the step failed for good.
    """
    if any(outcome.answer.finish is Finish.FILTERED for _, outcome in work.outcomes):
        return work
    start, steps = ports.clock.monotonic(), Steps(ports.clock)
    record: dict[str, Any] = {"status": 500}
    try:
        outcome = _outcome(step, work, config, ports, steps, deadline)
    except RefusalError as error:
        record |= {"status": 400, "error_code": error.mistakes[0].code}
        raise refused(error) from None
    except StepError as error:
        record |= {"failed_step": steps.failed, "failure": str(error)}
        raise failed(error, f"{step.name}, {steps.failed}") from None
    except Exception as error:  # noqa: BLE001 - the last line of defence: whoever waits is told of the failure
        record |= {"failed_step": steps.failed, "failure": where(error)}
        # Not the error itself: its message could quote a prompt, and workflow engines log it.
        fault = StepError(Cause.INVALID, "chain", where(error))
        raise failed(fault, f"{step.name}, {steps.failed}") from None
    else:
        record |= {"status": 200, **outcome_record(outcome)}
    finally:
        ports.log.write(
            {
                "event": "chain_step",
                "level": "ERROR" if record["status"] >= 500 else "INFO",
                "request_id": work.trace.request_id,
                "trace_id": work.trace.trace_id,
                "tenant": work.caller.tenant,
                "step": step.name,
                "total_ms": round((ports.clock.monotonic() - start) * 1000, 2),
                "steps_ms": steps.taken_ms,
                **({"tolerated": steps.tolerated} if steps.tolerated else {}),
                **steps.measured,
                **record,
            }
        )
    return replace(work, outcomes=(*work.outcomes, (step.name, outcome)))


def _outcome(step: Step, work: Work, config: Config, ports: Ports, steps: Steps, deadline: float) -> Outcome:
    clock = ports.clock
    run = Run(
        config=replace(config, prompt=PromptRef(step.prompt, step.version)),
        ports=ports if step.retrieves else replace(ports, retriever=None),
        caller=work.caller,
        trace=work.trace,
        steps=steps,
        deadline=min(deadline, clock.monotonic() + work.deadline - clock.now()),
        read_cache=work.read_cache,
        write_cache=work.write_cache,
        counted=False,
    )
    return answer_request(run, _request(step, work, config))


def _request(step: Step, work: Work, config: Config) -> PromptRequest:
    asked = work.request
    return replace(
        asked,
        model=step.model,
        instructions=asked.instructions if step.takes_instructions else "",
        # How the client wants its answer is about the last step's.
        sampling=asked.sampling if step.last else Sampling(config.limits.max_output_tokens),
        earlier=tuple((name, outcome.answer.text) for name, outcome in work.outcomes),
    )
