"""Takes a fan-out: keeps it and its parts as jobs, sets its deadline, and publishes the parts."""

import json
from dataclasses import dataclass, replace

from genai_runtime.core.config import Config
from genai_runtime.core.errors import StepError
from genai_runtime.core.fan_outs.plan import request_of
from genai_runtime.core.fan_outs.ports import FanOutPorts
from genai_runtime.core.fan_outs.requests import FanOut
from genai_runtime.core.job_events import ids_of
from genai_runtime.core.jobs import Job, JobKey, JobStore, Kind, Status
from genai_runtime.core.openai_api.responses import render_unfinished
from genai_runtime.core.steps import Steps


@dataclass(frozen=True)
class Start:
    """How work on a fan-out begins."""

    config: Config
    jobs: JobStore
    ports: FanOutPorts

    def begin(self, job: Job, fan_out: FanOut, steps: Steps) -> None:
        """Have the parts of a job that is kept worked on. A repeat changes nothing of parts that have begun.

        Raises:
            StepError: the parts could not be kept or published; the job is failed.
        """
        try:
            with steps.step("deadline"):
                # First, so that whatever happens next, the client hears of it.
                self.ports.combine_queue.ask(job.key, fan_out.plan.deadline_seconds)
            with steps.step("parts"):
                for part in fan_out.plan.parts:
                    self.jobs.create(_part_job(job, part.id, fan_out.parts[part.id]))
            with steps.step("publish"):
                for part in fan_out.plan.parts:
                    self.ports.publisher.publish(JobKey(job.key.tenant, job.key.id, part.id), part.modality)
        except StepError:
            error = {"code": "service_unavailable", "message": "The work was not handed over."}
            failed = render_unfinished(request_of(job, self.config), ids_of(job), "failed", error)
            self.jobs.finish(job.key, None, Status.FAILED, json.dumps(failed, ensure_ascii=False))
            raise


def _part_job(job: Job, part_id: str, request: str) -> Job:
    return replace(
        job,
        key=JobKey(job.key.tenant, job.key.id, part_id),
        kind=Kind.PART,
        client_request_id=part_id,
        request=request,
        connection="",
    )
