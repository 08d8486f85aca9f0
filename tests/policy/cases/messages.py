"""Queues, topics, events: what fails is kept, and time-outs fit together."""

from .case import Case, Made, each, ref

QUEUE = "aws:sqs/queue:Queue"
FUNCTION = "aws:lambda/function:Function"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
SUBSCRIPTION = "gcp:pubsub/subscription:Subscription"
TOPIC = "gcp:pubsub/topic:Topic"
FAILURES = ["ReportBatchItemFailures"]

CASES = (
    each(
        "queue-topic-encrypted",
        QUEUE,
        broken=[{"sqsManagedSseEnabled": False}],
        kept=[{}, {"sqsManagedSseEnabled": True}, {"sqsManagedSseEnabled": False, "kmsMasterKeyId": "alias/a"}],
    ),
    each("queue-topic-encrypted", "aws:sns/topic:Topic", broken=[{}], kept=[{"kmsMasterKeyId": "alias/a"}]),
    each(
        "queue-topic-encrypted",
        TOPIC,
        broken=[{}],
        kept=[{"kmsKeyName": "projects/a/locations/b/keyRings/c/cryptoKeys/d"}],
    ),
    Case(
        "queue-has-dlq",
        {
            "dead": Made(QUEUE),
            "dead-by-name-dlq": Made(QUEUE),
            "allowing": Made(QUEUE, {"redriveAllowPolicy": '{"redrivePermission": "allowAll"}'}),
            "of-function": Made(QUEUE),
            "of-schedule": Made(QUEUE),
            "apart": Made(QUEUE),
            "redriven": Made(QUEUE, {"redrivePolicy": ref("dead.arn|redrive")}),
            "alone": Made(QUEUE, {"visibilityTimeoutSeconds": 60}),
            "function": Made(FUNCTION, {"deadLetterConfig": {"targetArn": ref("of-function.arn")}}),
            "schedule": Made(
                "aws:scheduler/schedule:Schedule",
                {"target": {"arn": "a", "deadLetterConfig": {"arn": ref("of-schedule.arn")}}},
            ),
            "policy": Made(
                "aws:sqs/redrivePolicy:RedrivePolicy",
                {"queueUrl": ref("apart.id"), "redrivePolicy": ref("dead.arn|redrive")},
            ),
        },
        frozenset({"alone"}),
    ),
    Case(
        "queue-has-dlq",
        {
            "topic": Made(TOPIC),
            "dead-topic": Made(TOPIC),
            "kept": Made(
                SUBSCRIPTION, {"topic": ref("topic.id"), "deadLetterPolicy": {"deadLetterTopic": ref("dead-topic.id")}}
            ),
            "of-dead": Made(SUBSCRIPTION, {"topic": ref("dead-topic.id")}),
            "alone": Made(SUBSCRIPTION, {"topic": ref("topic.id")}),
        },
        frozenset({"alone"}),
    ),
    Case(
        "async-function-has-dlq",
        {
            "lost": Made(FUNCTION, {"name": "lost"}),
            "kept": Made(FUNCTION, {"name": "kept"}),
            "letters": Made(FUNCTION, {"name": "letters", "deadLetterConfig": {"targetArn": "arn:aws:sqs:a:1:b"}}),
            "waited-for": Made(FUNCTION, {"name": "waited-for"}),
            "rule-lost": Made("aws:cloudwatch/eventTarget:EventTarget", {"rule": "a", "arn": ref("lost.arn")}),
            "rule-kept": Made("aws:cloudwatch/eventTarget:EventTarget", {"rule": "a", "arn": ref("kept.arn")}),
            "topic": Made(
                "aws:sns/topicSubscription:TopicSubscription", {"topic": "a", "endpoint": ref("letters.arn")}
            ),
            "config": Made(
                "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
                {
                    "functionName": ref("kept.name"),
                    "destinationConfig": {"onFailure": {"destination": "arn:aws:sqs:a:1:b"}},
                },
            ),
            "permission": Made("aws:lambda/permission:Permission", {"function": ref("waited-for.name")}),
        },
        frozenset({"lost"}),
    ),
    each(
        "async-function-has-dlq",
        MAPPING,
        broken=[{"eventSourceArn": "arn:aws:dynamodb:a:1:table/t/stream/2026", "functionName": "f"}],
        kept=[
            {"eventSourceArn": "arn:aws:sqs:a:1:q", "functionName": "f"},
            {
                "eventSourceArn": "arn:aws:kinesis:a:1:stream/s",
                "functionName": "f",
                "destinationConfig": {"onFailure": {"destinationArn": "arn:aws:sqs:a:1:q"}},
            },
        ],
    ),
    each(
        "async-function-has-dlq",
        "aws:scheduler/schedule:Schedule",
        broken=[{"target": {"arn": "a", "roleArn": "b"}}],
        kept=[{"target": {"arn": "a", "roleArn": "b", "deadLetterConfig": {"arn": "c"}}}],
    ),
    Case(
        "dead-letters-alarmed",
        {
            "watched-dlq": Made(QUEUE, {"name": "watched"}),
            "forgotten-dlq": Made(QUEUE, {"name": "forgotten"}),
            "plain": Made(QUEUE, {"name": "plain"}),
            "alarm": Made(
                "aws:cloudwatch/metricAlarm:MetricAlarm", {"dimensions": {"QueueName": ref("watched-dlq.name")}}
            ),
        },
        frozenset({"forgotten-dlq"}),
    ),
    Case(
        "visibility-ge-6x-timeout",
        {
            "short": Made(QUEUE, {"visibilityTimeoutSeconds": 60}),
            "long": Made(QUEUE, {"visibilityTimeoutSeconds": 185}),
            "default": Made(QUEUE),
            "slow": Made(FUNCTION, {"name": "slow", "timeout": 30}),
            "quick": Made(FUNCTION, {"name": "quick"}),
            "too-short": Made(
                MAPPING,
                {
                    "eventSourceArn": ref("short.arn"),
                    "functionName": ref("slow.arn"),
                    "functionResponseTypes": FAILURES,
                },
            ),
            "enough": Made(
                MAPPING,
                {
                    "eventSourceArn": ref("long.arn"),
                    "functionName": ref("slow.arn"),
                    "maximumBatchingWindowInSeconds": 5,
                    "functionResponseTypes": FAILURES,
                },
            ),
            "defaults": Made(
                MAPPING,
                {
                    "eventSourceArn": ref("default.arn"),
                    "functionName": ref("quick.arn"),
                    "functionResponseTypes": FAILURES,
                },
            ),
            "silent": Made(MAPPING, {"eventSourceArn": ref("long.arn"), "functionName": ref("quick.arn")}),
            "one-by-one": Made(
                MAPPING, {"eventSourceArn": ref("long.arn"), "functionName": ref("quick.arn"), "batchSize": 1}
            ),
        },
        frozenset({"too-short", "silent"}),
    ),
    Case(
        "visibility-ge-6x-timeout",
        {
            "service": Made("gcp:cloudrunv2/service:Service", {"template": {"timeout": "120s"}}),
            "short": Made(
                SUBSCRIPTION,
                {"topic": "a", "ackDeadlineSeconds": 60, "pushConfig": {"pushEndpoint": ref("service.id")}},
            ),
            "enough": Made(
                SUBSCRIPTION,
                {"topic": "a", "ackDeadlineSeconds": 120, "pushConfig": {"pushEndpoint": ref("service.id")}},
            ),
            "pulled": Made(SUBSCRIPTION, {"topic": "a", "ackDeadlineSeconds": 10}),
        },
        frozenset({"short"}),
    ),
    each(
        "recursion-guard",
        "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
        broken=[{"functionName": "f", "recursiveLoop": "Allow"}],
        kept=[{"functionName": "f", "recursiveLoop": "Terminate"}],
    ),
    each(
        "recursion-guard",
        "gcp:cloudtasks/queue:Queue",
        broken=[{"location": "a", "retryConfig": {"maxAttempts": -1}}],
        kept=[{"location": "a", "retryConfig": {"maxAttempts": 5}}, {"location": "a"}],
    ),
)
