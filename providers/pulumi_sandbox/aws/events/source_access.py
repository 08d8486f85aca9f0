"""May a function's role read what its event source mapping reads? Asked when a mapping is made, and at each read."""

from pulumi_sandbox.aws.access import Access, Place
from pulumi_sandbox.aws.authorisation import Caller, check
from pulumi_sandbox.aws.functions.lookup import find_function
from pulumi_sandbox.aws.key_access import key_accesses
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.aws.operations import Operation

ACTIONS = {
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "dynamodb": ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"),
}


def authorize_read(function_arn: str, source_arn: str, *actions: str) -> None:
    """Return when the function's role may do the ``actions`` on a queue or stream, with its key where it has one.

    The calls are recorded. Raises iam.AccessDeniedError, and InvokeError when there is no such function.
    """
    _, _, _, region, account, _ = source_arn.split(":", 5)
    spec = find_function(function_arn, region)[0].spec
    # ListStreams is asked for all streams of the account.
    needed = [Access(action, "*" if action.endswith(":ListStreams") else source_arn) for action in actions]
    place = Place(region, account)
    with moto_state():
        keys = key_accesses(needed, Operation(source_arn.split(":")[2], ""), place)
    check(Caller(spec.role, region, account, spec.name), [*needed, *keys])
