"""Bedrock agent: ingestion jobs of a data source."""

import time
from typing import Any

from .bedrock_agent import check_role, resource
from .control_plane import once, page, permissions_for
from .ingestion import NO_STATISTICS, ensure_running, stop_job
from .knowledge_store import find_base, find_source, jobs, new_id, running_job, under
from .model_faults import meet_fault
from .rest_json import Call, NotFoundError, ServiceError, routes_for

SIGNING_NAME = "bedrock"
_SUMMARY_OMITS = "failureReasons"


def _start(call: Call) -> dict[str, Any]:
    return once(call, "clientToken", lambda: _started(call))


def _started(call: Call) -> dict[str, Any]:
    asked = call.parameters
    source_key, source = find_source(call.region, asked["knowledgeBaseId"], asked["dataSourceId"])
    base_key, base = find_base(call.region, asked["knowledgeBaseId"])
    meet_fault(base["knowledgeBaseId"])
    if ongoing := running_job(base_key):
        raise ServiceError(
            "ConflictException",
            f"There is an ongoing ingestion job with ID {ongoing} in knowledge base {base['knowledgeBaseId']}.",
        )
    check_role(call, base)
    job_id, now = new_id(), time.time()
    job: dict[str, Any] = {
        "knowledgeBaseId": base["knowledgeBaseId"],
        "dataSourceId": source["dataSourceId"],
        "ingestionJobId": job_id,
        "status": "STARTING",
        "statistics": NO_STATISTICS,
        "startedAt": now,
        "updatedAt": now,
    }
    if "description" in asked:
        job["description"] = asked["description"]
    jobs[f"{source_key}/{job_id}"] = job
    ensure_running(f"{source_key}/{job_id}", call.account)
    return {"ingestionJob": job}


def _job_key(call: Call) -> str:
    asked = call.parameters
    source_key, _ = find_source(call.region, asked["knowledgeBaseId"], asked["dataSourceId"])
    key = f"{source_key}/{asked['ingestionJobId']}"
    if key not in jobs:
        raise NotFoundError(f"Ingestion job with id {asked['ingestionJobId']} does not exist.")
    return key


def _get(call: Call) -> dict[str, Any]:
    key = _job_key(call)
    ensure_running(key, call.account)
    return {"ingestionJob": jobs[key]}


def _stop(call: Call) -> dict[str, Any]:
    key = _job_key(call)
    if jobs[key]["status"] not in {"STARTING", "IN_PROGRESS"}:
        raise ServiceError("ConflictException", f"The ingestion job is {jobs[key]['status']} and cannot be stopped.")
    stop_job(key)
    return {"ingestionJob": jobs[key]}


def _list(call: Call) -> dict[str, Any]:
    asked = call.parameters
    source_key, _ = find_source(call.region, asked["knowledgeBaseId"], asked["dataSourceId"])
    found = [
        {key: value for key, value in job.items() if key != _SUMMARY_OMITS} for _, job in under(jobs, f"{source_key}/")
    ]
    for condition in asked.get("filters", ()):
        found = [job for job in found if job["status"] in condition["values"]]
    order = asked.get("sortBy", {"attribute": "STARTED_AT", "order": "DESCENDING"})
    member = {"STATUS": "status", "STARTED_AT": "startedAt"}[order["attribute"]]
    found.sort(key=lambda job: job[member], reverse=order["order"] == "DESCENDING")
    return page(found, "ingestionJobSummaries", asked)


routes = routes_for(
    "bedrock-agent",
    {
        "StartIngestionJob": _start,
        "GetIngestionJob": _get,
        "StopIngestionJob": _stop,
        "ListIngestionJobs": _list,
    },
)
actions = permissions_for(routes, "bedrock", resource)
