"""Where code and images come from."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from known import Unknown, blocks, value_at
from resource_types import FUNCTION, TASK
from rule import Finding, Level, Resource, Rule, Setting, Severity

ECR = "aws:ecr/repository:Repository"
DIGEST = "@sha256:"


def _images(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Where an image is named, and by what."""
    properties = resource.properties
    if resource.type == FUNCTION:
        yield "imageUri", properties.get("imageUri")
    elif resource.type == TASK:
        yield from _task_images(properties.get("containerDefinitions"))
    elif resource.type == "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime":
        path = "agentRuntimeArtifact.containerConfiguration.containerUri"
        yield path, value_at(properties, path)
    else:
        for template in ("template", "template.template", "template.spec"):
            for number, container in enumerate(blocks(properties, f"{template}.containers")):
                yield f"{template}.containers[{number}].image", value_at(container, "image")


def _task_images(definitions: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(definitions, str):
        try:
            definitions = json.loads(definitions)
        except ValueError:
            return
    if isinstance(definitions, Unknown):
        yield "containerDefinitions", definitions
        return
    for number, container in enumerate(definitions or []):
        yield f"containerDefinitions[{number}].image", value_at(container, "image")


def _digest(resource: Resource) -> Iterator[Finding]:
    for path, image in _images(resource):
        if isinstance(image, Unknown):
            yield image
        elif image and DIGEST not in str(image):
            yield f"{path} is {image!r}, which can be another image tomorrow"


def _registry(resource: Resource) -> Iterator[Finding]:
    properties = resource.properties
    if resource.type == ECR:
        mutability = properties.get("imageTagMutability")
        scans = value_at(properties, "imageScanningConfiguration.scanOnPush")
        if isinstance(mutability, Unknown):
            yield mutability
        elif not str(mutability).startswith("IMMUTABLE"):
            yield f"imageTagMutability is {mutability or 'not set, which is MUTABLE'}"
        if isinstance(scans, Unknown):
            yield scans
        elif not scans:
            yield "imageScanningConfiguration.scanOnPush is not true"
        return
    if properties.get("format") != "DOCKER" or properties.get("mode") in ("REMOTE_REPOSITORY", "VIRTUAL_REPOSITORY"):
        return
    if not value_at(properties, "dockerConfig.immutableTags"):
        yield "dockerConfig.immutableTags is not true"
    if value_at(properties, "vulnerabilityScanningConfig.enablementConfig") == "DISABLED":
        yield "vulnerabilityScanningConfig.enablementConfig is DISABLED"


def _registry_remedy(resource: Resource) -> Mapping[str, Any]:
    if resource.type == ECR:
        return {"imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": {"scanOnPush": True}}
    return {}


def _signed(resource: Resource) -> Iterator[Finding]:
    properties = resource.properties
    if resource.type == FUNCTION:
        if properties.get("packageType") != "Image" and not properties.get("codeSigningConfigArn"):
            yield "codeSigningConfigArn is not set"
    elif resource.type == "aws:lambda/codeSigningConfig:CodeSigningConfig":
        if value_at(properties, "policies.untrustedArtifactOnDeployment") != "Enforce":
            yield "policies.untrustedArtifactOnDeployment is not Enforce, so that unsigned code is deployed"
    elif resource.type == "gcp:binaryauthorization/policy:Policy":
        if value_at(properties, "defaultAdmissionRule.evaluationMode") == "ALWAYS_ALLOW":
            yield "defaultAdmissionRule.evaluationMode is ALWAYS_ALLOW"
        if value_at(properties, "defaultAdmissionRule.enforcementMode") == "DRYRUN_AUDIT_LOG_ONLY":
            yield "defaultAdmissionRule.enforcementMode only logs"
    elif properties.get("binaryAuthorization") is None and not value_at(properties, "buildConfig"):
        yield "binaryAuthorization is not set"


VERSIONED_LAYER = re.compile(r":layer:[\w-]+:\d+$")


def _layers(resource: Resource) -> Iterator[Finding]:
    accounts = resource.settings["accounts"]
    for number, layer in enumerate(blocks(resource.properties, "layers")):
        if isinstance(layer, Unknown):
            yield layer
        elif not VERSIONED_LAYER.search(str(layer)):
            yield f"layers[{number}] is {layer!r}, which names no version"
        elif accounts and str(layer).split(":")[4] not in accounts:
            yield f"layers[{number}] is of the account {str(layer).split(':')[4]}, which is not on the list"


RULES = (
    Rule(
        id="image-digest-pinned",
        title="Images are named by their digest",
        why="A tag can be moved to other code after the review.",
        mend="Name the image as name@sha256:….",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM03",),
        types=(
            FUNCTION,
            TASK,
            "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime",
            "gcp:cloudrunv2/service:Service",
            "gcp:cloudrunv2/job:Job",
            "gcp:cloudrun/service:Service",
        ),
        check=_digest,
    ),
    Rule(
        id="registry-immutable-scanned",
        title="Registries keep tags as they were pushed, and scan them",
        why="A tag that can be overwritten is a way in; an image that nobody scanned brings old holes.",
        mend="Make tags immutable and scan on push.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM03",),
        types=(ECR, "gcp:artifactregistry/repository:Repository"),
        check=_registry,
        remedy=_registry_remedy,
    ),
    Rule(
        id="code-signed",
        title="Code is signed",
        why="Without a signature, whoever reaches the bucket or registry decides what runs.",
        mend="Set a code signing config that enforces; on Google Cloud Binary Authorization.",
        severity=Severity.LOW,
        frameworks=("OWASP LLM03",),
        types=(
            FUNCTION,
            "aws:lambda/codeSigningConfig:CodeSigningConfig",
            "gcp:cloudrunv2/service:Service",
            "gcp:binaryauthorization/policy:Policy",
        ),
        check=_signed,
        level=Level.ADVISORY,
    ),
    Rule(
        id="layer-pinned",
        title="Layers have a version, of an account that is known",
        why="A layer is code of somebody else in the function's own process.",
        mend="Name the layer's ARN with its version; list its account in the rule's setting `accounts`.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM03",),
        types=(FUNCTION,),
        check=_layers,
        settings={"accounts": Setting({"type": "array", "items": {"type": "string"}}, [])},
    ),
)
