"""What a cloud still holds, as it says itself."""

from deployment import Deployment

LISTINGS = {
    ("apigatewayv2", "get_apis"): "Items",
    ("appsync", "list_graphql_apis"): "graphqlApis",
    ("bedrock", "list_guardrails"): "guardrails",
    ("bedrock-agent", "list_knowledge_bases"): "knowledgeBaseSummaries",
    ("cloudwatch", "describe_alarms"): "MetricAlarms",
    ("dynamodb", "list_tables"): "TableNames",
    ("iam", "list_roles"): "Roles",
    ("lambda", "list_functions"): "Functions",
    ("logs", "describe_log_groups"): "logGroups",
    ("s3", "list_buckets"): "Buckets",
    ("sns", "list_topics"): "Topics",
    ("sqs", "list_queues"): "QueueUrls",
    ("s3vectors", "list_vector_buckets"): "vectorBuckets",
}


def remaining(deployment: Deployment) -> dict[str, int]:
    """What the cloud itself still lists, by service."""
    counts = {
        service: len(getattr(deployment.aws(service), operation)().get(items, ()))
        for (service, operation), items in LISTINGS.items()
    }
    counts["cognito-idp"] = len(deployment.aws("cognito-idp").list_user_pools(MaxResults=10)["UserPools"])
    kms = deployment.aws("kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] for key in kms.list_keys()["Keys"]]
    counts["kms"] = sum(state != "PendingDeletion" for state in keys)
    return {service: count for service, count in counts.items() if count}
