"""AWS_IAM authorization: the signer of a request must be allowed ``execute-api:Invoke`` on the route."""

from pulumi_sandbox import iam
from pulumi_sandbox.aws import authorisation
from pulumi_sandbox.aws.gateway.api_model import Api
from pulumi_sandbox.aws.gateway.request import Authorization, GatewayRequest, RefusedError
from pulumi_sandbox.aws.signature import read_signature


def authorize_signer(request: GatewayRequest, api: Api, resource: str) -> Authorization:
    """Return who signed an allowed request; raises RefusedError (403). As everywhere, signatures are not verified.

    ``resource`` is the ARN of the route, to be invoked by the signer.
    """
    signature = read_signature(dict(request.headers), request.query)
    if signature is None:
        raise RefusedError(403, "Forbidden", "the request is not signed")
    try:
        caller = authorisation.identify(signature)
        if caller.role_arn:
            session = caller.session_name
            iam.authorize(caller.role_arn, "execute-api:Invoke", resource, session_name=session, region=api.region)
    except (authorisation.InvalidCredentialsError, iam.AccessDeniedError) as error:
        raise RefusedError(403, "Forbidden", str(error)) from error
    identity = {"accessKey": signature.access_key_id, "accountId": api.account, "userArn": caller.role_arn}
    return Authorization("iam", identity)
