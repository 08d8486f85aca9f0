"""Calls of moto, one request at a time."""

from pulumi_sandbox.aws import authorisation
from pulumi_sandbox.aws.authorisation import Caller
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.aws.signature import Signature
from pulumi_sandbox.aws.wsgi_call import HttpAnswer, HttpRequest, WsgiApplication, call_wsgi


class MotoCalls:
    """Hands requests to moto."""

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application

    def call(self, request: HttpRequest, caller: Caller, signature: Signature | None) -> HttpAnswer:
        """Return moto's answer to a request that is authorised."""
        with moto_state():
            answer = call_wsgi(self._application, request)
        if answer.status == 404 and signature and authorisation.hides_existence(caller, signature, request):
            return authorisation.hidden_object(request)
        return answer
