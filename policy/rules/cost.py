"""Abuse and cost."""

from collections.abc import Iterator, Mapping
from typing import Any

from joins import may_be_elsewhere, of_type, users
from known import Unknown, blocks, value_at
from resource_types import EVENT_SOURCE_MAPPING, FUNCTION, METHOD_SETTINGS, STAGE, STAGE_V2
from rule import STACK, Finding, Level, Resource, Rule, Setting, Severity

API_V2 = "aws:apigatewayv2/api:Api"
USAGE_PLAN = "aws:apigateway/usagePlan:UsagePlan"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
ACL_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
BACKEND_SERVICE = "gcp:compute/backendService:BackendService"
SECURITY_POLICY = "gcp:compute/securityPolicy:SecurityPolicy"
AGENT_PROMPT = "aws:bedrock/agentPrompt:AgentPrompt"
BUDGET = "aws:budgets/budget:Budget"
GCP_BUDGET = "gcp:billing/budget:Budget"


def _throttled(resource: Resource) -> Iterator[Finding]:
    if resource.type == API_V2:
        if "target" in resource.properties:
            yield "the API's target makes a stage without limits; declare the stage by itself"
    elif resource.type == STAGE_V2:
        rate = value_at(resource.properties, "defaultRouteSettings.throttlingRateLimit")
        if isinstance(rate, Unknown):
            yield rate
        elif not rate:
            yield "defaultRouteSettings sets no throttlingRateLimit"
    elif resource.type == SECURITY_POLICY:
        if resource.properties.get("type") in ("CLOUD_ARMOR_EDGE", "CLOUD_ARMOR_NETWORK"):
            return
        actions = [value_at(rule, "action") for rule in blocks(resource.properties, "rules")]
        if not any(action in ("throttle", "rate_based_ban") or isinstance(action, Unknown) for action in actions):
            yield "no rule throttles"
    else:
        yield from _rest_throttled(resource)


def _rest_throttled(stage: Resource) -> Iterator[Finding]:
    name = stage.properties.get("stageName")
    settings = [
        other
        for other in of_type(stage, METHOD_SETTINGS)
        if stage.urn in other.references.get("stageName", ()) or other.properties.get("stageName") == name
    ]
    limits = [value_at(other.properties, "settings.throttlingRateLimit") for other in settings]
    plans = [value_at(other.properties, "throttleSettings.rateLimit") for other in of_type(stage, USAGE_PLAN)]
    if not any(isinstance(limit, Unknown) or (limit is not None and limit > 0) for limit in (*limits, *plans)):
        yield "no method settings and no usage plan limit the rate of its requests"


def _waf(resource: Resource) -> Iterator[Finding]:
    if resource.type == DISTRIBUTION:
        if not resource.properties.get("webAclId"):
            yield "webAclId is not set"
    elif resource.type == BACKEND_SERVICE:
        scheme = resource.properties.get("loadBalancingScheme") or "EXTERNAL"
        external = not isinstance(scheme, Unknown) and str(scheme).startswith("EXTERNAL")
        if external and not resource.properties.get("securityPolicy"):
            yield "securityPolicy is not set"
    elif resource.type == API_V2:
        if not of_type(resource, DISTRIBUTION):
            yield "no web ACL can guard such an API, and no CloudFront distribution of the stack stands before it"
    elif resource.type == "aws:lb/loadBalancer:LoadBalancer" and (
        resource.properties.get("internal") or resource.properties.get("loadBalancerType") in ("network", "gateway")
    ):
        return
    elif not any(users(resource, ACL_ASSOCIATION, "resourceArn")):
        if may_be_elsewhere(resource, ACL_ASSOCIATION, "resourceArn"):
            yield Unknown("resourceArn of the web ACL associations")
        else:
            yield "no web ACL is associated with it"


MAX_INSTANCES: Mapping[str, str] = {
    "gcp:cloudfunctions/function:Function": "maxInstances",
    "gcp:cloudfunctionsv2/function:Function": "serviceConfig.maxInstanceCount",
    "gcp:cloudrunv2/service:Service": "template.scaling.maxInstanceCount",
}


def _concurrency(resource: Resource) -> Iterator[Finding]:
    if resource.type in MAX_INSTANCES:
        path = MAX_INSTANCES[resource.type]
        most = value_at(resource.properties, path)
        if isinstance(most, Unknown):
            yield most
        elif not most:
            yield f"{path} is not set"
        return
    reserved = resource.properties.get("reservedConcurrentExecutions")
    if isinstance(reserved, Unknown):
        yield reserved
    elif reserved is None or reserved < 0:
        sources = list(users(resource, EVENT_SOURCE_MAPPING, "functionName"))
        if not sources or any(
            value_at(each.properties, "scalingConfig.maximumConcurrency") is None for each in sources
        ):
            yield "reservedConcurrentExecutions is not set: as many run at once as the account allows"


def _max_tokens(resource: Resource) -> Iterator[Finding]:
    most = resource.settings["most_tokens"]
    if resource.type == AGENT_PROMPT:
        for number, variant in enumerate(blocks(resource.properties, "variants")):
            tokens = value_at(variant, "inferenceConfiguration.text.maxTokens")
            yield from _too_many(f"variants[{number}] maxTokens", tokens, most)
        return
    variables = value_at(resource.properties, "environment.variables")
    if isinstance(variables, Mapping):
        for name in ("MAX_TOKENS", "MAX_OUTPUT_TOKENS"):
            if name in variables:
                yield from _too_many(f"environment.variables.{name}", variables[name], most)


def _too_many(path: str, tokens: Any, most: int) -> Iterator[Finding]:
    if isinstance(tokens, Unknown):
        yield tokens
    elif tokens is None:
        yield f"{path} is not set"
    elif str(tokens).strip().removesuffix(".0").isdigit() and float(tokens) > most:
        yield f"{path} is {tokens}, more than {most}"


GENERATIVE = (
    "aws:bedrock/",
    "aws:bedrockmodel/",
    "aws:bedrockfoundation/",
    "aws:sagemaker/endpoint:",
    "gcp:vertex/",
    "gcp:discoveryengine/",
    "gcp:modelarmor/",
)
"""How the types of generative AI begin."""


def _budget(resource: Resource) -> Iterator[Finding]:
    if resource.type == BUDGET:
        heard = [
            entry
            for entry in blocks(resource.properties, "notifications")
            if isinstance(entry, Unknown)
            or blocks(entry, "subscriberEmailAddresses")
            or blocks(entry, "subscriberSnsTopicArns")
        ]
        if not heard:
            yield "notifications tell nobody"
    elif resource.type == GCP_BUDGET:
        if not blocks(resource.properties, "thresholdRules"):
            yield "thresholdRules are not set, so that it tells nobody"
    elif any(each.type.startswith(GENERATIVE) for each in resource.stack) and not of_type(resource, BUDGET, GCP_BUDGET):
        yield "the stack uses models and has no budget; if one of the account covers it, except this stack"


def _cache(resource: Resource) -> Iterator[Finding]:
    if resource.type == METHOD_SETTINGS:
        if value_at(resource.properties, "settings.cachingEnabled") and not value_at(
            resource.properties, "settings.cacheDataEncrypted"
        ):
            yield "settings.cacheDataEncrypted is not true"
    elif resource.type == "aws:elasticache/serverlessCache:ServerlessCache":
        if value_at(resource.properties, "cacheUsageLimits") is None:
            yield "cacheUsageLimits is not set, so that the cache grows without an end"
    elif resource.properties.get("enableCdn"):
        mode = value_at(resource.properties, "cdnPolicy.cacheMode")
        if mode == "FORCE_CACHE_ALL":
            yield "cdnPolicy.cacheMode is FORCE_CACHE_ALL, which serves one user's answer to another"


def _recursion(resource: Resource) -> Iterator[Finding]:
    if resource.type == "gcp:cloudtasks/queue:Queue":
        attempts = value_at(resource.properties, "retryConfig.maxAttempts")
        if attempts == -1:
            yield "retryConfig.maxAttempts is -1: a task is tried for ever"
    elif resource.properties.get("recursiveLoop") == "Allow":
        yield "recursiveLoop is Allow: a function may call itself for ever"


def _recursion_remedy(resource: Resource) -> Mapping[str, Any]:
    return {} if resource.type.startswith("gcp:") else {"recursiveLoop": "Terminate"}


RULES = (
    Rule(
        id="api-throttled",
        title="Every API limits its requests",
        why="Requests without a limit are tokens without a limit.",
        mend="Set a throttling rate and burst; on Google Cloud a rule of Cloud Armor that throttles.",
        severity=Severity.HIGH,
        frameworks=("OWASP LLM10",),
        types=(STAGE, STAGE_V2, API_V2, SECURITY_POLICY),
        check=_throttled,
        over_stack=True,
    ),
    Rule(
        id="api-waf",
        title="A web application firewall stands before every public entry",
        why="Known attacks and floods should end before they cost a token.",
        mend="Associate a web ACL; put CloudFront before an HTTP API; set security_policy on Google Cloud.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM10",),
        types=(
            STAGE,
            DISTRIBUTION,
            API_V2,
            "aws:lb/loadBalancer:LoadBalancer",
            "aws:appsync/graphQLApi:GraphQLApi",
            BACKEND_SERVICE,
        ),
        check=_waf,
        over_stack=True,
        level=Level.PRODUCTION,
    ),
    Rule(
        id="function-concurrency-bounded",
        title="Functions and services have a most that run at once",
        why="How many run at once is how fast money can be spent, by a flood or by a loop.",
        mend="Set reserved_concurrent_executions, or maximum_concurrency of its event sources; or the most instances.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM10",),
        types=(FUNCTION, *MAX_INSTANCES),
        check=_concurrency,
        over_stack=True,
    ),
    Rule(
        id="max-tokens-bounded",
        title="Prompts limit the answer",
        why="A model writes until it is stopped, and every token is paid.",
        mend="Set max_tokens, to no more than the rule's setting.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM10",),
        types=(AGENT_PROMPT, FUNCTION),
        check=_max_tokens,
        settings={"most_tokens": Setting({"type": "integer", "minimum": 1}, 8_192)},
    ),
    Rule(
        id="budget-with-alert",
        title="A stack that uses models has a budget that tells somebody",
        why="A bill is found at the end of the month, an alert within hours.",
        mend="Add a budget with notifications; on Google Cloud with threshold_rules.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM10",),
        types=(STACK, BUDGET, GCP_BUDGET),
        check=_budget,
        over_stack=True,
    ),
    Rule(
        id="cache-bounded",
        title="Caches have an end and cross no users",
        why="An answer for one user served to another is a leak.",
        mend="Encrypt the cache, limit it, and do not cache what depends on the user.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM02",),
        types=(METHOD_SETTINGS, "aws:elasticache/serverlessCache:ServerlessCache", BACKEND_SERVICE),
        check=_cache,
        level=Level.ADVISORY,
    ),
    Rule(
        id="recursion-guard",
        title="Loops end",
        why="A queue that feeds the function that feeds it burns tokens all night.",
        mend="Leave recursive_loop at Terminate; give max_attempts an end.",
        severity=Severity.MEDIUM,
        frameworks=("OWASP LLM10",),
        types=("aws:lambda/functionRecursionConfig:FunctionRecursionConfig", "gcp:cloudtasks/queue:Queue"),
        check=_recursion,
        level=Level.ADVISORY,
        remedy=_recursion_remedy,
    ),
)
