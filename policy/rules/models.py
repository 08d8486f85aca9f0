"""Models and agents."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from iam_documents import IDENTITY_POLICIES, allowed, known_texts
from joins import of_type
from known import Unknown, blocks, value_at
from resource_types import FUNCTION, RUN_SERVICE
from rule import STACK, Finding, Level, Resource, Rule, Setting, Severity

from .guardrails import FLOOR, GUARDRAIL, KNOWLEDGE_BASE, TEMPLATE

AGENT = "aws:bedrock/agentAgent:AgentAgent"


def _agent_guarded(resource: Resource) -> Iterator[Finding]:
    given = blocks(resource.properties, "guardrailConfigurations")
    if not given:
        yield "guardrailConfigurations is not set"
    for block in given:
        for name in ("guardrailIdentifier", "guardrailVersion"):
            if not value_at(block, name):
                yield f"guardrailConfigurations has no {name}, and without it no guardrail"


def _callers_guarded(resource: Resource) -> Iterator[Finding]:
    invoking = [policy for policy in of_type(resource, *IDENTITY_POLICIES) if _may_generate(policy)]
    if invoking and not of_type(resource, GUARDRAIL) and not any(map(_applies_guardrail, invoking)):
        yield f"{invoking[0].name!r} lets a workload call models, and the stack has no guardrail"
    callers = [
        grant
        for grant in of_type(resource, "gcp:projects/iAMMember:IAMMember")
        if str(grant.properties.get("role")).startswith("roles/aiplatform.")
    ]
    if callers and not of_type(resource, TEMPLATE, FLOOR):
        yield f"{callers[0].name!r} lets a workload call models, and the stack has no Model Armor template"


def _may_generate(policy: Resource) -> bool:
    """Whether a policy allows more than to compute embeddings."""
    return any(
        action.lower().startswith("bedrock:invokemodel")
        and not all("embed" in arn for arn in known_texts(statement.resources))
        for statement in allowed(policy)
        for action in known_texts(statement.actions)
    )


def _applies_guardrail(policy: Resource) -> bool:
    return any(
        "bedrock:applyguardrail" in map(str.lower, known_texts(statement.actions))
        or any(key == "bedrock:guardrailidentifier" for _, key, _ in statement.conditions)
        for statement in allowed(policy)
    )


def _version_pinned(resource: Resource) -> Iterator[Finding]:
    if resource.type == TEMPLATE:
        return
    for block in blocks(resource.properties, "guardrailConfigurations"):
        version = value_at(block, "guardrailVersion")
        if not isinstance(version, Unknown) and (version or "DRAFT") == "DRAFT":
            yield "guardrailVersion is DRAFT, which changes under the agent"


MODEL_VARIABLES = ("MODEL_ID", "MODEL", "MODEL_NAME", "BEDROCK_MODEL_ID", "GEMINI_MODEL", "VERTEX_MODEL")


def _models_of(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Where a model is named, and by what."""
    properties = resource.properties
    if resource.type == AGENT:
        yield "foundationModel", properties.get("foundationModel")
    elif resource.type == "aws:bedrock/agentPrompt:AgentPrompt":
        for number, variant in enumerate(blocks(properties, "variants")):
            yield f"variants[{number}].modelId", value_at(variant, "modelId")
    elif resource.type == "aws:bedrock/inferenceProfile:InferenceProfile":
        yield "modelSource.copyFrom", value_at(properties, "modelSource.copyFrom")
    elif resource.type == "aws:bedrock/provisionedModelThroughput:ProvisionedModelThroughput":
        yield "modelArn", properties.get("modelArn")
    elif resource.type == FUNCTION:
        variables = value_at(properties, "environment.variables")
        if isinstance(variables, Mapping):
            yield from (
                (f"environment.variables.{name}", variables[name]) for name in MODEL_VARIABLES if name in variables
            )
    else:
        for container in blocks(properties, "template.containers"):
            for entry in blocks(container, "envs"):
                if value_at(entry, "name") in MODEL_VARIABLES:
                    yield f"envs.{value_at(entry, 'name')}", value_at(entry, "value")


def _model_allowed(resource: Resource) -> Iterator[Finding]:
    allowed = resource.settings["models"]
    if not allowed:
        return
    for path, model in _models_of(resource):
        if isinstance(model, Unknown):
            yield model
        elif model and not any(
            fnmatchcase(str(model), each) or fnmatchcase(str(model).rpartition("/")[2], each) for each in allowed
        ):
            yield f"{path} is {model!r}, which is not on the list: {', '.join(allowed)}"


def _invocations_logged(resource: Resource) -> Iterator[Finding]:
    if resource.type == "gcp:vertex/aiEndpoint:AiEndpoint":
        enabled = value_at(resource.properties, "predictRequestResponseLoggingConfig.enabled")
        if isinstance(enabled, Unknown):
            yield enabled
        elif not enabled:
            yield "predictRequestResponseLoggingConfig.enabled is not true"
        return
    uses = of_type(resource, GUARDRAIL, AGENT, KNOWLEDGE_BASE)
    if uses and not of_type(resource, "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration"):
        yield (
            f"the stack uses models ({uses[0].name!r}) and does not log their calls; if another stack of the account "
            "does, except this one"
        )


def _runtime_authorised(resource: Resource) -> Iterator[Finding]:
    properties = resource.properties
    if resource.type == "gcp:vertex/aiReasoningEngine:AiReasoningEngine":
        if value_at(properties, "spec.serviceAccount") is None and value_at(properties, "spec.identityType") is None:
            yield "spec names no serviceAccount, so that the agent has the rights of the service's own"
        return
    if resource.type == "aws:bedrock/agentcoreGateway:AgentcoreGateway":
        if properties.get("authorizerType") == "NONE":
            yield "authorizerType is NONE"
        return
    mode = value_at(properties, "networkConfiguration.networkMode")
    if mode == "PUBLIC":
        yield "networkConfiguration.networkMode is PUBLIC"


RULES = (
    Rule(
        id="agent-guardrail-attached",
        title="Every agent has a guardrail",
        why="An agent acts on what it reads; without a guardrail, a text that it reads can command it.",
        mend="Set guardrail_configurations.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM01",),
        types=(AGENT,),
        check=_agent_guarded,
    ),
    Rule(
        id="model-callers-guarded",
        title="A stack that calls models has a guardrail",
        why="Without a guardrail, whatever a client types reaches the model, and whatever it says reaches the client.",
        mend="Add a guardrail, and apply it to every call; on Google Cloud a Model Armor template.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM01",),
        types=(STACK,),
        check=_callers_guarded,
        over_stack=True,
    ),
    Rule(
        id="guardrail-version-pinned",
        title="Production uses a version of the guardrail",
        why="The draft changes with every edit, untested, under what is live.",
        mend="Make a GuardrailVersion and use it.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM01",),
        types=(AGENT,),
        check=_version_pinned,
        level=Level.PRODUCTION,
    ),
    Rule(
        id="model-allow-list",
        title="Only approved models are used",
        why="A model that nobody approved has terms, prices and habits that nobody has read.",
        mend="Use a model of the list, or add it to the rule's setting `models`, once approved.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM03",),
        types=(
            AGENT,
            "aws:bedrock/agentPrompt:AgentPrompt",
            "aws:bedrock/inferenceProfile:InferenceProfile",
            "aws:bedrock/provisionedModelThroughput:ProvisionedModelThroughput",
            FUNCTION,
            RUN_SERVICE,
        ),
        check=_model_allowed,
        settings={"models": Setting({"type": "array", "items": {"type": "string"}}, [])},
    ),
    Rule(
        id="model-invocation-logging",
        title="Calls of models are logged",
        why="Without a record of prompts and answers no misuse can be found and no complaint answered.",
        mend="Set the account's InvocationLoggingConfiguration; on Google Cloud the endpoint's request logging.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM10",),
        types=(STACK, "gcp:vertex/aiEndpoint:AiEndpoint"),
        check=_invocations_logged,
        over_stack=True,
        level=Level.PRODUCTION,
    ),
    Rule(
        id="agent-runtime-authorised",
        title="Agent runtimes ask who calls and stay off the public network",
        why="An agent that anyone reaches acts for anyone, with its own rights.",
        mend="Set an authorizer and a private network; on Google Cloud a service account of its own.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM06",),
        types=(
            "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime",
            "aws:bedrock/agentcoreGateway:AgentcoreGateway",
            "gcp:vertex/aiReasoningEngine:AiReasoningEngine",
        ),
        check=_runtime_authorised,
    ),
)
