"""A program with every type that the first pattern needs; the configuration value ``round`` changes what can change."""

import json

import pulumi
import pulumi_aws as aws

ROUND = pulumi.Config().require_int("round")

provider = aws.Provider(
    "aws", region="eu-central-1", default_tags=aws.ProviderDefaultTagsArgs(tags={"team": "platform"})
)
opts = pulumi.ResourceOptions(provider=provider)


def policy(*actions: str, resource: pulumi.Input[str] = "*") -> pulumi.Output[str]:
    return pulumi.Output.json_dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource}]}
    )


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


key = aws.kms.Key("key", description=f"round {ROUND}", enable_key_rotation=True, deletion_window_in_days=7, opts=opts)
aws.kms.Alias("key", target_key_id=key.key_id, opts=opts)

dead = aws.sqs.Queue("dead", message_retention_seconds=1209600, kms_master_key_id=key.arn, opts=opts)
jobs = aws.sqs.Queue(
    "jobs",
    visibility_timeout_seconds=60 + ROUND,
    redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3}),
    opts=opts,
)
alarms = aws.sns.Topic("alarms", kms_master_key_id=key.key_id, tags={"round": str(ROUND)}, opts=opts)
aws.cloudwatch.MetricAlarm(
    "dead",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    metric_name="ApproximateNumberOfMessagesVisible",
    namespace="AWS/SQS",
    period=60,
    statistic="Maximum",
    threshold=ROUND,
    dimensions={"QueueName": dead.name},
    alarm_actions=[alarms.arn],
    opts=opts,
)

table = aws.dynamodb.Table(
    "turns",
    billing_mode="PAY_PER_REQUEST",
    hash_key="pk",
    range_key="sk",
    attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
    ttl={"attribute_name": "expires", "enabled": True},
    point_in_time_recovery={"enabled": ROUND == 1},
    server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
    opts=opts,
)
aws.dynamodb.TableItem(
    "prompt",
    table_name=table.name,
    hash_key="pk",
    range_key="sk",
    item=json.dumps({"pk": {"S": "prompt"}, "sk": {"S": "v1"}, "text": {"S": f"round {ROUND}"}}),
    opts=opts,
)

documents = aws.s3.Bucket("documents", force_destroy=True, tags={"round": str(ROUND)}, opts=opts)
aws.s3.BucketPublicAccessBlock(
    "documents",
    bucket=documents.bucket,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
    opts=opts,
)
aws.s3.BucketOwnershipControls(
    "documents", bucket=documents.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=opts
)
aws.s3.BucketServerSideEncryptionConfiguration(
    "documents",
    bucket=documents.bucket,
    rules=[
        {
            "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn},
            "bucket_key_enabled": ROUND == 1,
        }
    ],
    opts=opts,
)
aws.s3.BucketVersioning("documents", bucket=documents.bucket, versioning_configuration={"status": "Enabled"}, opts=opts)
aws.s3.BucketLifecycleConfiguration(
    "documents",
    bucket=documents.bucket,
    rules=[
        {
            "id": "old-versions",
            "status": "Enabled",
            "filter": {},
            "noncurrent_version_expiration": {"noncurrent_days": 30 + ROUND},
        }
    ],
    opts=opts,
)
aws.s3.BucketPolicy(
    "documents",
    bucket=documents.bucket,
    policy=documents.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": f"TlsOnly{ROUND}",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [arn, f"{arn}/*"],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            }
        )
    ),
    opts=opts,
)
aws.s3.BucketObjectv2(
    "handbook",
    bucket=documents.bucket,
    key="docs/handbook.md",
    source=pulumi.StringAsset(f"# Handbook\n\nRound {ROUND}.\n"),
    content_type="text/markdown",
    opts=opts,
)

vectors = aws.s3.VectorsVectorBucket("vectors", vector_bucket_name="passages", opts=opts)
index = aws.s3.VectorsIndex(
    "passages",
    vector_bucket_name=vectors.vector_bucket_name,
    index_name="passages",
    data_type="float32",
    dimension=256,
    distance_metric="cosine",
    metadata_configuration={"non_filterable_metadata_keys": ["AMAZON_BEDROCK_TEXT", "AMAZON_BEDROCK_METADATA"]},
    opts=opts,
)
knowledge_role = aws.iam.Role("knowledge", assume_role_policy=trust("bedrock.amazonaws.com"), opts=opts)
knowledge_policy = aws.iam.RolePolicy("knowledge", role=knowledge_role.name, policy=policy("*"), opts=opts)
knowledge = aws.bedrock.AgentKnowledgeBase(
    "handbook",
    description=f"round {ROUND}",
    role_arn=knowledge_role.arn,
    knowledge_base_configuration={
        "type": "VECTOR",
        "vector_knowledge_base_configuration": {
            "embedding_model_arn": "arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-embed-text-v2:0",
            "embedding_model_configuration": {
                "bedrock_embedding_model_configuration": {"dimensions": 256, "embedding_data_type": "FLOAT32"}
            },
        },
    },
    storage_configuration={"type": "S3_VECTORS", "s3_vectors_configuration": {"index_arn": index.index_arn}},
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[knowledge_policy]),
)
aws.bedrock.AgentDataSource(
    "documents",
    knowledge_base_id=knowledge.id,
    description=f"round {ROUND}",
    data_deletion_policy="RETAIN",
    data_source_configuration={"type": "S3", "s3_configuration": {"bucket_arn": documents.arn}},
    vector_ingestion_configuration={
        "chunking_configuration": {
            "chunking_strategy": "FIXED_SIZE",
            "fixed_size_chunking_configuration": {"max_tokens": 200, "overlap_percentage": 10},
        }
    },
    opts=opts,
)
guardrail = aws.bedrock.Guardrail(
    "rules",
    blocked_input_messaging=f"Not in round {ROUND}.",
    blocked_outputs_messaging="Not that.",
    topic_policy_config={
        "topics_configs": [
            {"name": "wagers", "definition": "Advice on bets.", "examples": ["Which horse wins?"], "type": "DENY"}
        ]
    },
    content_policy_config={
        "filters_configs": [{"type": "PROMPT_ATTACK", "input_strength": "HIGH", "output_strength": "NONE"}]
    },
    sensitive_information_policy_config={"pii_entities_configs": [{"action": "ANONYMIZE", "type": "EMAIL"}]},
    opts=opts,
)
version = aws.bedrock.GuardrailVersion("rules", guardrail_arn=guardrail.guardrail_arn, opts=opts)

role = aws.iam.Role("worker", assume_role_policy=trust("lambda.amazonaws.com"), description=f"round {ROUND}", opts=opts)
reads = aws.iam.Policy("reads", policy=policy("dynamodb:GetItem", f"dynamodb:Query{ROUND}"), opts=opts)
aws.iam.RolePolicyAttachment("reads", role=role.name, policy_arn=reads.arn, opts=opts)
aws.iam.RolePolicy("worker", role=role.id, policy=policy(f"logs:Put{ROUND}", resource=table.arn), opts=opts)
logs = aws.cloudwatch.LogGroup("worker", name="/chat/worker", retention_in_days=14 if ROUND == 1 else 30, opts=opts)
function = aws.lambda_.Function(
    "worker",
    role=role.arn,
    runtime="python3.13",
    handler="index.handler",
    code=pulumi.AssetArchive({"index.py": pulumi.StringAsset(f"def handler(event, context): return {ROUND}\n")}),
    memory_size=256,
    timeout=27,
    environment={"variables": {"TABLE": table.name, "ROUND": str(ROUND)}},
    logging_config={"log_format": "JSON", "log_group": logs.name},
    tracing_config={"mode": "Active"},
    opts=opts,
)
aws.lambda_.FunctionEventInvokeConfig(
    "worker",
    function_name=function.name,
    maximum_retry_attempts=ROUND,
    maximum_event_age_in_seconds=3600,
    opts=opts,
)

machine_role = aws.iam.Role("flow", assume_role_policy=trust("states.amazonaws.com"), opts=opts)
machine_logs = aws.iam.RolePolicy("flow", role=machine_role.id, policy=policy("logs:*"), opts=opts)
steps = {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": ROUND, "End": True}}}
aws.sfn.StateMachine(
    "flow",
    role_arn=machine_role.arn,
    type="EXPRESS",
    definition=json.dumps(steps),
    logging_configuration={
        "level": "ALL",
        "include_execution_data": True,
        "log_destination": pulumi.Output.concat(logs.arn, ":*"),
    },
    tracing_configuration={"enabled": ROUND == 2},
    tags={"round": str(ROUND)},
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[machine_logs]),
)

pool = aws.cognito.UserPool(
    "people",
    admin_create_user_config={"allow_admin_create_user_only": True},
    auto_verified_attributes=["email"],
    password_policy={"minimum_length": 12 + ROUND, "require_numbers": True, "require_lowercase": True},
    schemas=[
        {
            "name": "tenant",
            "attribute_data_type": "String",
            "mutable": True,
            "string_attribute_constraints": {"max_length": "64", "min_length": "1"},
        }
    ],
    opts=opts,
)
client = aws.cognito.UserPoolClient(
    "web",
    user_pool_id=pool.id,
    explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    access_token_validity=ROUND,
    opts=opts,
)

api = aws.apigatewayv2.Api(
    "chat",
    protocol_type="HTTP",
    description=f"round {ROUND}",
    cors_configuration={"allow_origins": ["https://a.example"], "allow_methods": ["POST", "GET"], "max_age": 300},
    opts=opts,
)
integration = aws.apigatewayv2.Integration(
    "worker",
    api_id=api.id,
    integration_type="AWS_PROXY",
    integration_uri=function.invoke_arn,
    payload_format_version="2.0",
    timeout_milliseconds=29000 + ROUND,
    opts=opts,
)
authorizer = aws.apigatewayv2.Authorizer(
    "people",
    api_id=api.id,
    authorizer_type="JWT",
    identity_sources=["$request.header.Authorization"],
    jwt_configuration={"audiences": [client.id], "issuer": pulumi.Output.concat("https://", pool.endpoint)},
    opts=opts,
)
aws.apigatewayv2.Route(
    "ask",
    api_id=api.id,
    route_key=f"POST /v{ROUND}/ask",
    target=pulumi.Output.concat("integrations/", integration.id),
    authorization_type="JWT",
    authorizer_id=authorizer.id,
    opts=opts,
)
stage = aws.apigatewayv2.Stage(
    "default",
    api_id=api.id,
    name="$default",
    auto_deploy=True,
    default_route_settings={"throttling_burst_limit": 20 + ROUND, "throttling_rate_limit": 10},
    access_log_settings={"destination_arn": logs.arn, "format": "$context.requestId"},
    opts=opts,
)
sockets = aws.apigatewayv2.Api(
    "sockets",
    protocol_type="WEBSOCKET",
    route_selection_expression="$request.body.action",
    description=f"round {ROUND}",
    opts=opts,
)
socket_integration = aws.apigatewayv2.Integration(
    "sockets",
    api_id=sockets.id,
    integration_type="AWS_PROXY",
    integration_uri=function.invoke_arn,
    timeout_milliseconds=28000 + ROUND,
    opts=opts,
)
socket_route = aws.apigatewayv2.Route(
    "sockets",
    api_id=sockets.id,
    route_key=f"ask{ROUND}",
    target=pulumi.Output.concat("integrations/", socket_integration.id),
    route_response_selection_expression="$default",
    opts=opts,
)
aws.apigatewayv2.RouteResponse(
    "sockets",
    api_id=sockets.id,
    route_id=socket_route.id,
    route_response_key="$default",
    response_models={"action": f"m{ROUND}"},
    opts=opts,
)
aws.apigatewayv2.IntegrationResponse(
    "sockets",
    api_id=sockets.id,
    integration_id=socket_integration.id,
    integration_response_key="/200/",
    response_templates={"application/json": f'{{"round": {ROUND}}}'},
    opts=opts,
)
deployment = aws.apigatewayv2.Deployment(
    "sockets",
    api_id=sockets.id,
    description=f"round {ROUND}",
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[socket_route]),
)
aws.apigatewayv2.Stage(
    "sockets",
    api_id=sockets.id,
    name="live",
    deployment_id=deployment.id,
    default_route_settings={"throttling_burst_limit": 20 + ROUND, "throttling_rate_limit": 10},
    opts=opts,
)
aws.lambda_.Permission(
    "gateway",
    action="lambda:InvokeFunction",
    function=function.name,
    principal="apigateway.amazonaws.com",
    source_arn=pulumi.Output.concat(api.execution_arn, "/*/*"),
    opts=opts,
)

pulumi.export("url", stage.invoke_url)
pulumi.export("table", table.name)
pulumi.export("function", function.name)
