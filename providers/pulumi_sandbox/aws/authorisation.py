"""Stands before every API call of a role: asks IAM for each permission that the call needs.

Calls signed with the deployer's keys, or not signed at all, are an administrator's and pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_sandbox.aws.access import Access, Place
from pulumi_sandbox.aws.access_checks import accesses
from pulumi_sandbox.aws.denials import denial, refusal_answer
from pulumi_sandbox.aws.key_access import key_accesses
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.aws.operations import Operation, read_operation
from pulumi_sandbox.aws.role_policies import session_of_key
from pulumi_sandbox.aws.signature import Signature
from pulumi_sandbox.aws.wsgi_call import HttpAnswer, HttpRequest
from pulumi_sandbox.iam import AccessDeniedError, authorize
from pulumi_sandbox.layout import ACCOUNT_ID

# Every principal may ask who it is.
_ALWAYS_ALLOWED = {"sts:GetCallerIdentity", "sts:GetSessionToken"}


class InvalidCredentialsError(Exception):
    """A request is signed with temporary credentials that the sandbox did not issue, or that were reset."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request: ``role_arn`` is None for the deployer, who may do everything."""

    role_arn: str | None
    region: str
    account: str
    session_name: str = ""


def identify(signature: Signature) -> Caller:
    """Return who signed. Raises InvalidCredentialsError for temporary credentials that are not known."""
    with moto_state():
        session = session_of_key(signature.access_key_id, ACCOUNT_ID)
    if session is not None:
        return Caller(session.role_arn, signature.region, ACCOUNT_ID, session.session_name)
    if signature.access_key_id.startswith("ASIA"):
        raise InvalidCredentialsError("The security token included in the request is invalid.")
    return Caller(None, signature.region, ACCOUNT_ID)


def check(caller: Caller, needed: list[Access]) -> None:
    """Return when the caller has all of these permissions. Raises AccessDeniedError for the first that it lacks."""
    if caller.role_arn is None:
        return
    for access in needed:
        if access.action not in _ALWAYS_ALLOWED:
            authorize(
                caller.role_arn,
                access.action,
                access.resource,
                access.context,
                session_name=caller.session_name,
                region=caller.region,
            )


def refuse(caller: Caller, signature: Signature, request: HttpRequest) -> HttpAnswer | None:
    """Return None when the request may go on to moto, else the refusal to answer with."""
    if caller.role_arn is None:
        return None
    operation = read_operation(signature, request)
    if operation is None:
        unknown = Operation(signature.service, request.path)
        return _refusal_of_unknown(unknown)
    headers = dict(request.headers)
    place = Place(caller.region, caller.account)
    try:
        with moto_state():
            needed = accesses(operation, place, headers)
            keys = key_accesses(needed, operation, place)
        check(caller, [*needed, *keys])
    except AccessDeniedError as error:
        return denial(operation, error, headers)
    return None


def _refusal_of_unknown(operation: Operation) -> HttpAnswer:
    message = f"the sandbox does not know which operation of {operation.service} a call of {operation.name} is"
    body = f'{{"__type":"UnknownOperationException","message":"{message}"}}'
    return HttpAnswer(404, [("x-amzn-errortype", "UnknownOperationException")], body.encode())


def hides_existence(caller: Caller, signature: Signature, request: HttpRequest) -> bool:
    """Return whether S3 would say 403, not 404, of an object that is not there: without leave to list, it does."""
    if caller.role_arn is None or signature.service != "s3" or request.method not in ("GET", "HEAD"):
        return False
    bucket, _, key = request.path.lstrip("/").partition("/")
    if not key:
        return False
    return not is_allowed(caller, Access("s3:ListBucket", f"arn:aws:s3:::{bucket}"))


def hidden_object(request: HttpRequest) -> HttpAnswer:
    """Return S3's answer about an object of which the caller may not even know whether it exists."""
    bucket, _, key = request.path.lstrip("/").partition("/")
    operation = Operation("s3", "GetObject", {"Bucket": bucket, "Key": key})
    return refusal_answer(operation, "AccessDenied", "Access Denied", {})


def is_allowed(caller: Caller, access: Access) -> bool:
    """Return whether the caller has a permission."""
    try:
        check(caller, [access])
    except AccessDeniedError:
        return False
    return True


def invalid_credentials(signature: Signature, request: HttpRequest, error: InvalidCredentialsError) -> HttpAnswer:
    """Return the answer to a request whose credentials are not known."""
    codes: Mapping[str, str] = {"s3": "InvalidAccessKeyId", "sts": "InvalidClientTokenId"}
    code = codes.get(signature.service, "UnrecognizedClientException")
    operation = read_operation(signature, request) or Operation("bedrock-runtime", "")
    return refusal_answer(operation, code, str(error), dict(request.headers))
