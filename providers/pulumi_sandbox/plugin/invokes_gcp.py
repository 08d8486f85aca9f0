"""Functions of the gcp package: what a program asks the cloud without owning it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_sandbox.plugin.cloud import SandboxCloud
from pulumi_sandbox.plugin.errors import UserError
from pulumi_sandbox.plugin.templates import fill

Arguments = Mapping[str, Any]


def _project_id(cloud: SandboxCloud, arguments: Arguments) -> str:
    project = arguments.get("projectId") or arguments.get("project") or cloud.places.get("project")
    if not project:
        raise UserError("project: no project is set; set it, e.g. with `pulumi config set gcp:project my-project`")
    return str(project)


def _project(cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    project = _project_id(cloud, arguments)
    return {
        "id": f"projects/{project}",
        "projectId": project,
        "name": project,
        "number": fill("{project:digits12}", {"project": project}),
        "autoCreateNetwork": True,
        "billingAccount": "",
        "deletionPolicy": "PREVENT",
        "effectiveLabels": {},
        "folderId": "",
        "labels": {},
        "orgId": "",
        "pulumiLabels": {},
        "tags": {},
    }


def _client_config(cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    project = _project_id(cloud, arguments)
    region, zone = cloud.places.get("region", ""), cloud.places.get("zone", "")
    return {
        "id": f"projects/{project}/regions/{region}/zones/{zone}",
        "project": project,
        "region": region,
        "zone": zone,
        "accessToken": "sandbox",
        "defaultLabels": dict(cloud.config.get("defaultLabels", {})),
    }


def _iam_policy(_cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    bindings = [
        {
            **({"condition": entry["condition"]} if entry.get("condition") else {}),
            "members": sorted(entry["members"]),
            "role": entry["role"],
        }
        for entry in arguments.get("bindings") or ()
    ]
    policy = json.dumps({"bindings": bindings}, separators=(",", ":"))
    return {**arguments, "policyData": policy, "id": fill("{policy:digits10}", {"policy": policy})}


def _storage_agent(cloud: SandboxCloud, arguments: Arguments) -> dict[str, Any]:
    project = _project_id(cloud, arguments)
    number = fill("{project:digits12}", {"project": project})
    email = f"service-{number}@gs-project-accounts.iam.gserviceaccount.com"
    return {
        "id": email,
        "emailAddress": email,
        "member": f"serviceAccount:{email}",
        "project": project,
        "userProject": arguments.get("userProject", ""),
    }


INVOKES: Mapping[str, Callable[[SandboxCloud, Arguments], Mapping[str, Any]]] = {
    "gcp:organizations/getClientConfig:getClientConfig": _client_config,
    "gcp:organizations/getIAMPolicy:getIAMPolicy": _iam_policy,
    "gcp:organizations/getProject:getProject": _project,
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": _storage_agent,
}

# Results that must not be shown, whatever the arguments were.
SECRET_RESULTS: Mapping[str, frozenset[str]] = {
    "gcp:organizations/getClientConfig:getClientConfig": frozenset({"accessToken"}),
}
