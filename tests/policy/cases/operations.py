"""Logs, cost and what runs."""

from .case import Case, Made, each, ref

FUNCTION = "aws:lambda/function:Function"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
STAGE = "aws:apigateway/stage:Stage"
STAGE_V2 = "aws:apigatewayv2/stage:Stage"
API_V2 = "aws:apigatewayv2/api:Api"
METHODS = "aws:apigateway/methodSettings:MethodSettings"
MACHINE = "aws:sfn/stateMachine:StateMachine"
BACKEND = "gcp:compute/backendService:BackendService"
GUARDRAIL = Made("aws:bedrock/guardrail:Guardrail")
TRAIL = {"isMultiRegionTrail": True, "enableLogFileValidation": True, "kmsKeyId": "a"}
TOLD = [{"threshold": 80, "subscriberEmailAddresses": ["a@example.com"]}]

CASES = (
    Case(
        "function-log-group-managed",
        {
            "group": Made(LOG_GROUP, {"name": "own", "retentionInDays": 30}),
            "by-name": Made(LOG_GROUP, {"name": "/aws/lambda/named", "retentionInDays": 30}),
            "referring": Made(
                FUNCTION, {"name": "a", "loggingConfig": {"logGroup": ref("group.id"), "logFormat": "JSON"}}
            ),
            "named": Made(FUNCTION, {"name": "named"}),
            "bare": Made(FUNCTION, {"name": "bare"}),
        },
        frozenset({"bare"}),
    ),
    each(
        "log-retention",
        "gcp:logging/projectBucketConfig:ProjectBucketConfig",
        broken=[{"bucketId": "a", "retentionDays": 7}, {"bucketId": "a", "retentionDays": 3650}],
        kept=[{"bucketId": "a", "retentionDays": 90}, {"bucketId": "a"}],
    ),
    each(
        "api-access-logs",
        STAGE,
        broken=[{"stageName": "a"}],
        kept=[{"stageName": "a", "accessLogSettings": {"destinationArn": "a"}}],
    ),
    each(
        "api-access-logs",
        STAGE_V2,
        broken=[{"apiId": "a"}],
        kept=[{"apiId": "a", "accessLogSettings": {"destinationArn": "a"}}],
    ),
    each(
        "api-access-logs",
        BACKEND,
        broken=[{}, {"logConfig": {"enable": False}}],
        kept=[{"logConfig": {"enable": True}}],
    ),
    each(
        "no-body-logging",
        METHODS,
        broken=[{"settings": {"dataTraceEnabled": True}}],
        kept=[{"settings": {"dataTraceEnabled": False}}, {"settings": {}}],
    ),
    each(
        "no-body-logging",
        STAGE_V2,
        broken=[
            {"apiId": "a", "defaultRouteSettings": {"dataTraceEnabled": True}},
            {"apiId": "a", "routeSettings": [{"routeKey": "b", "dataTraceEnabled": True}]},
        ],
        kept=[{"apiId": "a"}, {"apiId": "a", "defaultRouteSettings": {"dataTraceEnabled": False}}],
    ),
    each(
        "no-body-logging",
        MACHINE,
        broken=[{"loggingConfiguration": {"includeExecutionData": True, "level": "ALL"}}],
        kept=[{"loggingConfiguration": {"includeExecutionData": False, "level": "ERROR"}}, {}],
    ),
    each(
        "tracing-enabled",
        FUNCTION,
        broken=[{}, {"tracingConfig": {"mode": "PassThrough"}}],
        kept=[{"tracingConfig": {"mode": "Active"}}],
    ),
    each("tracing-enabled", STAGE, broken=[{}], kept=[{"xrayTracingEnabled": True}]),
    each(
        "tracing-enabled",
        MACHINE,
        broken=[{}, {"tracingConfiguration": {"enabled": True}}],
        kept=[{"tracingConfiguration": {"enabled": True}, "loggingConfiguration": {"level": "ERROR"}}],
    ),
    each(
        "audit-trail-data-events",
        "aws:cloudtrail/trail:Trail",
        broken=[{}, {**TRAIL, "isMultiRegionTrail": False}],
        kept=[TRAIL],
    ),
    each(
        "audit-trail-data-events",
        "gcp:projects/iAMAuditConfig:IAMAuditConfig",
        broken=[
            {"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]},
            {
                "service": "allServices",
                "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": ["a"]}, {"logType": "DATA_WRITE"}],
            },
        ],
        kept=[
            {"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}, {"logType": "DATA_WRITE"}]},
            {"service": "storage.googleapis.com", "auditLogConfigs": [{"logType": "ADMIN_READ"}]},
        ],
    ),
    Case(
        "api-throttled",
        {
            "open": Made(STAGE_V2, {"apiId": "a", "autoDeploy": True}),
            "limited": Made(
                STAGE_V2,
                {"apiId": "a", "defaultRouteSettings": {"throttlingRateLimit": 10, "throttlingBurstLimit": 20}},
            ),
            "quick": Made(API_V2, {"protocolType": "HTTP", "target": "https://example.com"}),
            "api": Made(API_V2, {"protocolType": "HTTP"}),
            "rest-open": Made(STAGE, {"stageName": "open"}),
            "rest-limited": Made(STAGE, {"stageName": "limited"}),
            "methods": Made(
                METHODS,
                {
                    "stageName": ref("rest-limited.stageName"),
                    "methodPath": "*/*",
                    "settings": {"throttlingRateLimit": 5},
                },
            ),
        },
        frozenset({"open", "quick", "rest-open"}),
    ),
    each(
        "api-throttled",
        "gcp:compute/securityPolicy:SecurityPolicy",
        broken=[{"rules": [{"action": "allow", "priority": 2147483647}]}, {}],
        kept=[{"rules": [{"action": "throttle", "rateLimitOptions": {}}]}, {"type": "CLOUD_ARMOR_EDGE"}],
    ),
    Case(
        "api-waf",
        {
            "bare": Made("aws:cloudfront/distribution:Distribution", {"enabled": True}),
            "guarded": Made(
                "aws:cloudfront/distribution:Distribution", {"webAclId": "arn:aws:wafv2:us-east-1:1:global/webacl/a/b"}
            ),
            "behind": Made(API_V2, {"protocolType": "HTTP"}),
            "rest-bare": Made(STAGE, {"stageName": "a"}),
            "rest-guarded": Made(STAGE, {"stageName": "b"}),
            "association": Made(
                "aws:wafv2/webAclAssociation:WebAclAssociation",
                {"resourceArn": ref("rest-guarded.arn"), "webAclArn": "a"},
            ),
            "inside": Made("aws:lb/loadBalancer:LoadBalancer", {"internal": True}),
            "outside": Made("aws:lb/loadBalancer:LoadBalancer", {"loadBalancerType": "application"}),
        },
        frozenset({"bare", "rest-bare", "outside"}),
        alone=True,
    ),
    Case("api-waf", {"api": Made(API_V2, {"protocolType": "HTTP"})}, frozenset({"api"}), alone=True),
    each(
        "api-waf",
        BACKEND,
        broken=[{"loadBalancingScheme": "EXTERNAL_MANAGED"}],
        kept=[
            {"loadBalancingScheme": "EXTERNAL_MANAGED", "securityPolicy": "a"},
            {"loadBalancingScheme": "INTERNAL_MANAGED"},
        ],
    ),
    Case(
        "function-concurrency-bounded",
        {
            "unbounded": Made(FUNCTION, {"name": "unbounded"}),
            "minus": Made(FUNCTION, {"name": "minus", "reservedConcurrentExecutions": -1}),
            "reserved": Made(FUNCTION, {"name": "reserved", "reservedConcurrentExecutions": 5}),
            "off": Made(FUNCTION, {"name": "off", "reservedConcurrentExecutions": 0}),
            "fed": Made(FUNCTION, {"name": "fed"}),
            "source": Made(
                "aws:lambda/eventSourceMapping:EventSourceMapping",
                {"functionName": ref("fed.arn"), "scalingConfig": {"maximumConcurrency": 5}, "batchSize": 1},
            ),
        },
        frozenset({"unbounded", "minus"}),
    ),
    each(
        "function-concurrency-bounded",
        "gcp:cloudrunv2/service:Service",
        broken=[{"template": {}}],
        kept=[{"template": {"scaling": {"maxInstanceCount": 5}}}],
    ),
    each(
        "max-tokens-bounded",
        "aws:bedrock/agentPrompt:AgentPrompt",
        broken=[
            {"variants": [{"name": "a"}]},
            {"variants": [{"inferenceConfiguration": {"text": {"maxTokens": 100000}}}]},
        ],
        kept=[{"variants": [{"inferenceConfiguration": {"text": {"maxTokens": 1000}}}]}],
    ),
    each(
        "max-tokens-bounded",
        FUNCTION,
        broken=[{"environment": {"variables": {"MAX_TOKENS": "50000"}}}],
        kept=[{"environment": {"variables": {"MAX_TOKENS": "500"}}}, {"environment": {"variables": {"A": "b"}}}],
    ),
    Case("budget-with-alert", {"guardrail": GUARDRAIL}, frozenset({"stack"}), alone=True),
    Case("budget-with-alert", {"queue": Made("aws:sqs/queue:Queue")}, frozenset(), alone=True),
    Case(
        "budget-with-alert",
        {
            "guardrail": GUARDRAIL,
            "told": Made("aws:budgets/budget:Budget", {"notifications": TOLD}),
            "silent": Made("aws:budgets/budget:Budget", {"budgetType": "COST"}),
            "gcp-silent": Made("gcp:billing/budget:Budget", {"billingAccount": "a"}),
            "gcp-told": Made("gcp:billing/budget:Budget", {"thresholdRules": [{"thresholdPercent": 0.8}]}),
        },
        frozenset({"silent", "gcp-silent"}),
    ),
    each(
        "cache-bounded",
        METHODS,
        broken=[{"settings": {"cachingEnabled": True}}],
        kept=[{"settings": {"cachingEnabled": True, "cacheDataEncrypted": True}}],
    ),
    each(
        "cache-bounded",
        "aws:elasticache/serverlessCache:ServerlessCache",
        broken=[{"engine": "valkey"}],
        kept=[{"cacheUsageLimits": {"dataStorage": {}}}],
    ),
    each(
        "cache-bounded",
        BACKEND,
        broken=[{"enableCdn": True, "cdnPolicy": {"cacheMode": "FORCE_CACHE_ALL"}}],
        kept=[{"enableCdn": True, "cdnPolicy": {"cacheMode": "USE_ORIGIN_HEADERS"}}, {}],
    ),
    each(
        "runtime-supported",
        FUNCTION,
        broken=[{"runtime": "python3.8"}, {"runtime": "nodejs16.x"}],
        kept=[{"runtime": "python3.13"}, {"packageType": "Image"}],
    ),
    each(
        "runtime-supported",
        "gcp:cloudfunctionsv2/function:Function",
        broken=[{"buildConfig": {"runtime": "nodejs16"}}],
        kept=[{"buildConfig": {"runtime": "python313"}}],
    ),
)
