"""Calls of moto, one request at a time, each with what it changes written to disk before it is answered."""

from pulumi_sandbox.aws import authorisation, changes
from pulumi_sandbox.aws.authorisation import Caller
from pulumi_sandbox.aws.moto_backends import Unit, existing, unit
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.aws.operations import operation_name
from pulumi_sandbox.aws.persisted_services import ALSO_CHANGED, BACKENDS, PERSISTED, changes_state
from pulumi_sandbox.aws.persistence import Persistence, is_journaled
from pulumi_sandbox.aws.signature import Signature
from pulumi_sandbox.aws.wsgi_call import HttpAnswer, HttpRequest, WsgiApplication, call_wsgi

# Requests without a signature that may change something: the sign-in of Cognito.
_UNSIGNED_TARGETS = {"AWSCognitoIdentityProviderService": "cognito-idp"}
_READING_METHODS = ("GET", "HEAD", "OPTIONS")


class MotoCalls:
    """Hands requests to moto."""

    def __init__(self, application: WsgiApplication, persistence: Persistence) -> None:
        self._application = application
        self._persistence = persistence

    def serve(self, request: HttpRequest) -> HttpAnswer:
        """Return moto's answer and nothing else."""
        return call_wsgi(self._application, request)

    def call(self, request: HttpRequest, caller: Caller, signature: Signature | None) -> HttpAnswer:
        """Return moto's answer to a request that is authorised, when what it changed is on disk."""
        operation = None
        units: list[Unit] = []
        if service := _changed_service(request, signature):
            name = operation_name(signature, request) if signature else _unsigned_operation(request)
            if changes_state(name):
                operation = name
                # A request without a signature does not say its region; moto looks for its token everywhere.
                units = _units(service, caller) if signature else list(existing(service))
        with moto_state():
            if units and is_journaled(units[0].service, operation):
                answer = self._persistence.journaled(units[0], request, self.serve)
                units = []
            else:
                answer = self.serve(request)
            written = self._persistence.changed(units if answer.status < 400 else [])
        self._persistence.write(written)
        if answer.status == 404 and signature and authorisation.hides_existence(caller, signature, request):
            return authorisation.hidden_object(request)
        return answer


def _changed_service(request: HttpRequest, signature: Signature | None) -> str | None:
    """Return moto's name of the service that a request may change."""
    if signature is None:
        target = dict(request.headers).get("x-amz-target", "").split(".")[0]
        return _UNSIGNED_TARGETS.get(target)
    if request.method in _READING_METHODS and "Action=" not in request.query_string:
        return None
    return BACKENDS.get(signature.service, signature.service)


def _unsigned_operation(request: HttpRequest) -> str | None:
    return dict(request.headers).get("x-amz-target", "").rpartition(".")[2] or None


def _units(service: str, caller: Caller) -> list[Unit]:
    if service not in PERSISTED:
        changes.note_change(service, caller.account, caller.region)
        return []
    names = (service, *(name for name in ALSO_CHANGED.get(service, ()) if name in PERSISTED))
    return [unit(name, caller.account, caller.region) for name in names]
