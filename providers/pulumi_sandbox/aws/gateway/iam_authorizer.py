"""AWS_IAM authorization: the signer of a request must be allowed ``execute-api:Invoke`` on the route."""

from pulumi_sandbox import iam
from pulumi_sandbox.aws.gateway.api_model import Api
from pulumi_sandbox.aws.gateway.request import Authorization, GatewayRequest, RefusedError
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.aws.role_policies import session_of_key
from pulumi_sandbox.aws.signature import read_signature


def authorize_signer(request: GatewayRequest, api: Api, resource: str) -> Authorization:
    """Return who signed an allowed request; raises RefusedError (403). As everywhere, signatures are not verified.

    ``resource`` is the ARN of the route, to be invoked by the signer.
    """
    signature = read_signature(dict(request.headers), request.query)
    if signature is None:
        raise RefusedError(403, "Forbidden", "the request is not signed")
    with moto_state():
        session = session_of_key(signature.access_key_id, api.account)
    role: str | None = session.role_arn if session else None
    if role:
        try:
            iam.authorize(role, "execute-api:Invoke", resource, region=api.region)
        except iam.AccessDeniedError as error:
            raise RefusedError(403, "Forbidden", str(error)) from error
    identity = {"accessKey": signature.access_key_id, "accountId": api.account, "userArn": role}
    return Authorization("iam", identity)
