"""IAM roles, policies and their attachments."""

import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

from pulumi_sandbox.aws.handlers import shapes, state, tags
from pulumi_sandbox.aws.handlers.presence import found, remove
from pulumi_sandbox.plugin.handler import Cloud, Handler, Properties, Resource

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

_MAX_VERSIONS = 5  # of a managed policy, the service's quota

_ROLE_RENAMES = {
    "name": "RoleName",
    "assumeRolePolicy": "AssumeRolePolicyDocument",
    "uniqueId": "RoleId",
}


def document(value: Any) -> str:
    """Return a policy document of the API, which boto3 has parsed or left URL-encoded, as JSON text."""
    return json.dumps(value) if isinstance(value, Mapping) else urllib.parse.unquote(str(value))


def _attached(client: Any, role: str) -> list[str]:
    pages = client.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]


def _inline(client: Any, role: str) -> dict[str, str]:
    pages = client.get_paginator("list_role_policies").paginate(RoleName=role)
    names = [name for page in pages for name in page["PolicyNames"]]
    return {name: document(client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]) for name in names}


def _set_attached(client: Any, role: str, before: list[str], after: list[str]) -> None:
    for arn in set(before) - set(after):
        remove(client.detach_role_policy, RoleName=role, PolicyArn=arn)
    for arn in after:
        if arn not in before:
            client.attach_role_policy(RoleName=role, PolicyArn=arn)


def _set_inline(client: Any, role: str, before: list[Properties], after: list[Properties]) -> None:
    kept = {policy.get("name") for policy in after}
    for policy in before:
        if policy.get("name") and policy["name"] not in kept:
            remove(client.delete_role_policy, RoleName=role, PolicyName=policy["name"])
    for policy in after:
        # One empty policy is how a program says that it wants none.
        if policy.get("name"):
            client.put_role_policy(RoleName=role, PolicyName=policy["name"], PolicyDocument=policy.get("policy", ""))


def _create_role(cloud: Cloud, inputs: Properties) -> Resource:
    client, name = cloud.client("iam"), inputs["name"]
    given = {key: value for key, value in inputs.items() if key != "tags"}
    arguments = shapes.arguments(client, "create_role", given, _ROLE_RENAMES)
    client.create_role(**arguments, Tags=tags.pairs(inputs.get("tagsAll")))
    return state.finish(
        cloud,
        _read_role,
        name,
        inputs,
        lambda: _set_inline(client, name, [], inputs.get("inlinePolicies") or []),
        lambda: _set_attached(client, name, [], inputs.get("managedPolicyArns") or []),
    )


def _read_role(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("iam")
    answer = found(client.get_role, RoleName=resource_id)
    if answer is None:
        return None
    role = answer["Role"]
    values: Properties = {
        "description": "",
        "maxSessionDuration": 3600,
        "forceDetachPolicies": False,
        **shapes.properties(ROLE, role, _ROLE_RENAMES),
        "assumeRolePolicy": document(role["AssumeRolePolicyDocument"]),
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "managedPolicyArns": _attached(client, resource_id),
        "inlinePolicies": [{"name": name, "policy": policy} for name, policy in _inline(client, resource_id).items()],
        **tags.outputs(inputs, tags.from_pairs(role.get("Tags"))),
    }
    outputs = state.describe(cloud, ROLE, inputs, values, unreadable=("namePrefix", "forceDetachPolicies"))
    # Policies attached by resources of their own are not the role's inputs.
    leave_out = ("inlinePolicies", "managedPolicyArns")
    return state.resource(ROLE, resource_id, inputs, outputs, leave_out)


def _update_role(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, name = cloud.client("iam"), resource.id

    def trust() -> None:
        if state.changed(resource, inputs, "assumeRolePolicy"):
            client.update_assume_role_policy(RoleName=name, PolicyDocument=inputs["assumeRolePolicy"])

    def settings() -> None:
        client.update_role(
            RoleName=name,
            Description=inputs.get("description") or "",
            MaxSessionDuration=inputs.get("maxSessionDuration") or 3600,
        )

    def boundary() -> None:
        wanted = inputs.get("permissionsBoundary")
        if wanted:
            client.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=wanted)
        elif resource.outputs.get("permissionsBoundary"):
            remove(client.delete_role_permissions_boundary, RoleName=name)

    def policies() -> None:
        # Only a role that declares its policies owns them; else they are other resources' business.
        if "inlinePolicies" in inputs or "inlinePolicies" in resource.inputs:
            before = resource.outputs.get("inlinePolicies") or []
            _set_inline(client, name, before, inputs.get("inlinePolicies") or [])
        if "managedPolicyArns" in inputs or "managedPolicyArns" in resource.inputs:
            _set_attached(client, name, _attached(client, name), inputs.get("managedPolicyArns") or [])

    def retag() -> None:
        before, after = resource.outputs.get("tagsAll") or {}, inputs.get("tagsAll") or {}
        gone = [key for key in before if key not in after]
        if gone:
            client.untag_role(RoleName=name, TagKeys=gone)
        if after:
            client.tag_role(RoleName=name, Tags=tags.pairs(after))

    return state.finish(cloud, _read_role, name, inputs, trust, settings, boundary, policies, retag).outputs


def _delete_role(cloud: Cloud, resource: Resource) -> None:
    client, name, inputs = cloud.client("iam"), resource.id, resource.inputs
    if found(client.get_role, RoleName=name) is None:
        return
    force = bool(resource.outputs.get("forceDetachPolicies"))
    attached, inline = _attached(client, name), list(_inline(client, name))
    own_attached = attached if force else inputs.get("managedPolicyArns") or []
    own_inline = inline if force else [policy.get("name") for policy in inputs.get("inlinePolicies") or []]
    for arn in own_attached:
        remove(client.detach_role_policy, RoleName=name, PolicyArn=arn)
    for policy in own_inline:
        if policy:
            remove(client.delete_role_policy, RoleName=name, PolicyName=policy)
    # What is left belongs to others: the API refuses with DeleteConflict, as it should.
    remove(client.delete_role, RoleName=name)


def _create_policy(cloud: Cloud, inputs: Properties) -> Resource:
    answer = cloud.client("iam").create_policy(
        PolicyName=inputs["name"],
        Path=inputs.get("path") or "/",
        PolicyDocument=inputs["policy"],
        Description=inputs.get("description") or "",
        Tags=tags.pairs(inputs.get("tagsAll")),
    )
    return state.finish(cloud, _read_policy, answer["Policy"]["Arn"], inputs)


def _read_policy(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    client = cloud.client("iam")
    answer = found(client.get_policy, PolicyArn=resource_id)
    if answer is None:
        return None
    policy = answer["Policy"]
    version = client.get_policy_version(PolicyArn=resource_id, VersionId=policy["DefaultVersionId"])
    own_tags = client.list_policy_tags(PolicyArn=resource_id).get("Tags")
    values: Properties = {
        "description": "",
        **shapes.properties(POLICY, policy, {"name": "PolicyName", "policy": ""}),
        "policy": document(version["PolicyVersion"]["Document"]),
        **tags.outputs(inputs, tags.from_pairs(own_tags)),
    }
    unreadable = ("namePrefix", "delayAfterPolicyCreationInMs")
    outputs = state.describe(cloud, POLICY, inputs, values, unreadable=unreadable)
    return state.resource(POLICY, resource_id, inputs, outputs)


def _versions(client: Any, arn: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_policy_versions").paginate(PolicyArn=arn)
    return [version for page in pages for version in page["Versions"]]


def _new_version(client: Any, arn: str, text: str) -> None:
    versions = _versions(client, arn)
    if len(versions) >= _MAX_VERSIONS:
        spare = [version for version in versions if not version["IsDefaultVersion"]]
        oldest = min(spare, key=lambda version: version["CreateDate"])
        client.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
    client.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)


def _update_policy(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    client, arn = cloud.client("iam"), resource.id

    def version() -> None:
        if state.changed(resource, inputs, "policy"):
            _new_version(client, arn, inputs["policy"])

    def retag() -> None:
        before, after = resource.outputs.get("tagsAll") or {}, inputs.get("tagsAll") or {}
        gone = [key for key in before if key not in after]
        if gone:
            client.untag_policy(PolicyArn=arn, TagKeys=gone)
        if after:
            client.tag_policy(PolicyArn=arn, Tags=tags.pairs(after))

    return state.finish(cloud, _read_policy, arn, inputs, version, retag).outputs


def _delete_policy(cloud: Cloud, resource: Resource) -> None:
    client = cloud.client("iam")
    if found(client.get_policy, PolicyArn=resource.id) is None:
        return
    for version in _versions(client, resource.id):
        if not version["IsDefaultVersion"]:
            remove(client.delete_policy_version, PolicyArn=resource.id, VersionId=version["VersionId"])
    remove(client.delete_policy, PolicyArn=resource.id)


def _put_role_policy(cloud: Cloud, role: str, name: str, text: str) -> None:
    cloud.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)


def _create_role_policy(cloud: Cloud, inputs: Properties) -> Resource:
    role, name = inputs["role"], inputs["name"]
    _put_role_policy(cloud, role, name, inputs["policy"])
    return state.finish(cloud, _read_role_policy, f"{role}:{name}", inputs)


def _read_role_policy(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    role, _, name = resource_id.partition(":")
    answer = found(cloud.client("iam").get_role_policy, RoleName=role, PolicyName=name)
    if answer is None:
        return None
    values: Properties = {"role": role, "name": name, "policy": document(answer["PolicyDocument"])}
    outputs = state.describe(cloud, ROLE_POLICY, inputs, values, unreadable=("namePrefix",))
    return state.resource(ROLE_POLICY, resource_id, inputs, outputs)


def _update_role_policy(cloud: Cloud, resource: Resource, inputs: Properties) -> Properties:
    _put_role_policy(cloud, inputs["role"], inputs["name"], inputs["policy"])
    return state.finish(cloud, _read_role_policy, resource.id, inputs).outputs


def _delete_role_policy(cloud: Cloud, resource: Resource) -> None:
    role, _, name = resource.id.partition(":")
    remove(cloud.client("iam").delete_role_policy, RoleName=role, PolicyName=name)


def _create_attachment(cloud: Cloud, inputs: Properties) -> Resource:
    role, arn = inputs["role"], inputs["policyArn"]
    cloud.client("iam").attach_role_policy(RoleName=role, PolicyArn=arn)
    return state.finish(cloud, _read_attachment, f"{role}/{arn}", inputs)


def _read_attachment(cloud: Cloud, resource_id: str, inputs: Properties) -> Resource | None:
    role, _, arn = resource_id.partition("/")
    client = cloud.client("iam")
    if found(client.get_role, RoleName=role) is None or arn not in _attached(client, role):
        return None
    outputs = state.describe(cloud, ATTACHMENT, inputs, {"role": role, "policyArn": arn})
    return state.resource(ATTACHMENT, resource_id, inputs, outputs)


def _delete_attachment(cloud: Cloud, resource: Resource) -> None:
    role, _, arn = resource.id.partition("/")
    remove(cloud.client("iam").detach_role_policy, RoleName=role, PolicyArn=arn)


HANDLERS = {
    ROLE: Handler(_create_role, _read_role, _update_role, _delete_role),
    POLICY: Handler(_create_policy, _read_policy, _update_policy, _delete_policy),
    ROLE_POLICY: Handler(_create_role_policy, _read_role_policy, _update_role_policy, _delete_role_policy),
    ATTACHMENT: Handler(_create_attachment, _read_attachment, None, _delete_attachment),
}
