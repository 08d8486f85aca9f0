"""A program with every type that moves events; the configuration value ``round`` changes what can change."""

import json

import pulumi
import pulumi_aws as aws

ROUND = pulumi.Config().require_int("round")

provider = aws.Provider("aws", region="eu-central-1")
opts = pulumi.ResourceOptions(provider=provider)


def statement(actions: list[str], service: str | None = None, resource: pulumi.Input[str] = "*") -> dict[str, object]:
    made: dict[str, object] = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return made | ({"Principal": {"Service": service}} if service else {})


def document(*statements: dict[str, object]) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(name: str, service: str, *actions: str) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    made = aws.iam.Role(name, assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}), opts=opts)
    return made, aws.iam.RolePolicy(name, role=made.name, policy=document(statement(list(actions))), opts=opts)


dead = aws.sqs.Queue("dead", opts=opts)
jobs = aws.sqs.Queue("jobs", visibility_timeout_seconds=60, opts=opts)
aws.sqs.RedrivePolicy(
    "jobs",
    queue_url=jobs.url,
    redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2 + ROUND}),
    opts=opts,
)
aws.sqs.RedriveAllowPolicy(
    "dead",
    queue_url=dead.url,
    redrive_allow_policy=pulumi.Output.json_dumps({"redrivePermission": "byQueue", "sourceQueueArns": [jobs.arn]}),
    opts=opts,
)
services = ["s3.amazonaws.com", "sns.amazonaws.com", "events.amazonaws.com"]
queue_policy = aws.sqs.QueuePolicy(
    "jobs",
    queue_url=jobs.url,
    policy=document(*(statement(["sqs:SendMessage"], service, jobs.arn) for service in services[: 1 + ROUND])),
    opts=opts,
)

worker_role, worker_policy = role("worker", "lambda.amazonaws.com", "sqs:*", "dynamodb:*", "logs:*")
worker = aws.lambda_.Function(
    "worker",
    role=worker_role.arn,
    runtime="python3.13",
    handler="app.handler",
    code=pulumi.AssetArchive({"app.py": pulumi.StringAsset("def handler(event, context):\n    print(event)\n")}),
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[worker_policy]),
)
aws.lambda_.EventSourceMapping(
    "jobs",
    event_source_arn=jobs.arn,
    function_name=worker.name,
    batch_size=4 + ROUND,
    function_response_types=["ReportBatchItemFailures"],
    scaling_config={"maximum_concurrency": 2 + ROUND},
    opts=opts,
)
table = aws.dynamodb.Table(
    "turns",
    billing_mode="PAY_PER_REQUEST",
    hash_key="pk",
    attributes=[{"name": "pk", "type": "S"}],
    stream_enabled=True,
    stream_view_type="NEW_IMAGE",
    opts=opts,
)
aws.lambda_.EventSourceMapping(
    "turns",
    event_source_arn=table.stream_arn,
    function_name=worker.arn,
    starting_position="LATEST",
    maximum_retry_attempts=ROUND,
    bisect_batch_on_function_error=True,
    destination_config={"on_failure": {"destination_arn": dead.arn}},
    opts=opts,
)

topic = aws.sns.Topic("news", opts=opts)
aws.sns.TopicPolicy(
    "news",
    arn=topic.arn,
    policy=document(statement(["sns:Publish"], services[ROUND], topic.arn)),
    opts=opts,
)
aws.sns.TopicSubscription(
    "jobs",
    topic=topic.arn,
    protocol="sqs",
    endpoint=jobs.arn,
    raw_message_delivery=ROUND == 1,
    filter_policy=json.dumps({"kind": [f"round-{ROUND}"]}),
    redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn}),
    opts=opts,
)

documents = aws.s3.Bucket("documents", force_destroy=True, opts=opts)
aws.s3.BucketNotification(
    "documents",
    bucket=documents.bucket,
    eventbridge=True,
    queues=[{"queue_arn": jobs.arn, "events": ["s3:ObjectCreated:*"], "filter_prefix": f"in-{ROUND}/"}],
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[queue_policy]),
)

rule = aws.cloudwatch.EventRule(
    "objects",
    event_pattern=json.dumps({"source": ["aws.s3"]}),
    description=f"round {ROUND}",
    state="ENABLED",
    opts=opts,
)
aws.cloudwatch.EventTarget(
    "objects",
    rule=rule.name,
    arn=jobs.arn,
    input_transformer={"input_paths": {"key": "$.detail.object.key"}, "input_template": f'{{"{ROUND}": <key>}}'},
    dead_letter_config={"arn": dead.arn},
    retry_policy={"maximum_retry_attempts": ROUND, "maximum_event_age_in_seconds": 60},
    opts=opts,
)

sender_role, sender_policy = role("sender", "scheduler.amazonaws.com", "sqs:SendMessage")
group = aws.scheduler.ScheduleGroup("nightly", opts=opts)
aws.scheduler.Schedule(
    "report",
    group_name=group.name,
    schedule_expression=f"cron(0 {ROUND} * * ? *)",
    schedule_expression_timezone="Europe/Berlin",
    flexible_time_window={"mode": "OFF"},
    target={"arn": jobs.arn, "role_arn": sender_role.arn, "input": json.dumps({"round": ROUND})},
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[sender_policy]),
)

pulumi.export("bucket", documents.bucket)
pulumi.export("queue", jobs.url)
