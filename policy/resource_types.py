"""Types of resources that rules of several themes judge, by the names that the rules call them."""

BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
EVENT_SOURCE_MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
FUNCTION = "aws:lambda/function:Function"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
QUEUE = "aws:sqs/queue:Queue"
RUN_SERVICE = "gcp:cloudrunv2/service:Service"
STAGE = "aws:apigateway/stage:Stage"
STAGE_V2 = "aws:apigatewayv2/stage:Stage"
TABLE = "aws:dynamodb/table:Table"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
