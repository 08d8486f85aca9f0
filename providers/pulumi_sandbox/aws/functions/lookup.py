"""Finds a deployed function, with its content, in moto."""

import re
from typing import Any

from pulumi_sandbox.aws.functions.code import Archive
from pulumi_sandbox.aws.functions.errors import BadArchiveError, FunctionNotFoundError
from pulumi_sandbox.aws.functions.instance import Deployed
from pulumi_sandbox.aws.functions.spec import read_spec
from pulumi_sandbox.aws.moto_lock import moto_state
from pulumi_sandbox.layout import ACCOUNT_ID

_ARN = re.compile(
    r"arn:aws[\w-]*:lambda:(?P<region>[\w-]+):(?P<account>\d{12}):function:(?P<name>[^:]+)(:(?P<qualifier>.+))?$"
)
_NAME = re.compile(r"((?P<account>\d{12}):)?(function:)?(?P<name>[\w-]+)(:(?P<qualifier>[\w$-]+))?$")


def parse_reference(function: str, region: str) -> tuple[str, str, str, str | None]:
    """Return (account, region, name, qualifier) of a name, partial ARN or ARN. Raises FunctionNotFoundError."""
    if match := _ARN.match(function):
        return match["account"], match["region"], match["name"], match["qualifier"]
    if match := _NAME.match(function):
        return match["account"] or ACCOUNT_ID, region, match["name"], match["qualifier"]
    raise FunctionNotFoundError(f"Function not found: {function}")


def deployed_function(function: Any) -> Deployed:
    """Return what the executor needs of a moto ``LambdaFunction``; hold moto's state while calling."""
    from moto.awslambda.models import lambda_backends

    spec = read_spec(function)
    backend = lambda_backends[spec.account][spec.region]
    if function.package_type == "Zip" and not function.code_bytes:
        raise BadArchiveError(f"The archive of {spec.name} has no content; was its object there when it was created?")
    layers: list[Archive] = []
    for arn in spec.layer_arns:
        layer = backend.layers_versions_by_arn(arn)
        if layer is None:
            raise BadArchiveError(f"The layer {arn} of {spec.name} no longer exists.")
        layers.append(Archive(layer.code_bytes, layer.code_sha_256))
    latest = backend.get_function(spec.name)
    reserved = None if latest.reserved_concurrency is None else int(latest.reserved_concurrency)
    code = getattr(function, "code_bytes", b"")
    return Deployed(spec, Archive(code, spec.code_sha256), tuple(layers), reserved)


def find_function(reference: str, region: str, qualifier: str | None = None) -> tuple[Deployed, str]:
    """Return a deployed function and the ARN it was called by. Raises FunctionNotFoundError, BadArchiveError."""
    from moto.awslambda.exceptions import LambdaClientError
    from moto.awslambda.models import lambda_backends

    account, region, name, named_qualifier = parse_reference(reference, region)
    qualifier = named_qualifier or qualifier
    arn = f"arn:aws:lambda:{region}:{account}:function:{name}" + (f":{qualifier}" if qualifier else "")
    with moto_state():
        try:
            function = lambda_backends[account][region].get_function(name, qualifier)
        except LambdaClientError as error:
            raise FunctionNotFoundError(f"Function not found: {arn}") from error
        return deployed_function(function), arn
