"""The environment variables of a function's process: Lambda's, the function's own, and nothing of the sandbox's."""

from pathlib import Path

from pulumi_sandbox import iam
from pulumi_sandbox.aws.functions.errors import RoleNotAssumableError
from pulumi_sandbox.aws.functions.spec import FunctionSpec
from pulumi_sandbox.layout import standard_environment

RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)
"""Names that a function's configuration may not set (Lambda developer guide, "Using Lambda environment variables")."""


def worker_environment(
    spec: FunctionSpec, *, endpoint: str, task: Path, layers: Path | None, temporary: Path, log_stream: str
) -> dict[str, str]:
    """Return the whole environment of one process. Raises RoleNotAssumableError."""
    try:
        credentials = iam.role_credentials(spec.role, session_name=spec.name)
    except iam.AccessDeniedError as error:
        raise RoleNotAssumableError(
            f"The role defined for the function cannot be assumed by Lambda. Role: {spec.role}. {error}"
        ) from error
    layer_paths = [str(layers / "bin")] if layers else []
    environment = {
        # In the cloud there is no home directory; here one would hold the developer's own AWS configuration.
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": ":".join(["/usr/local/bin", "/usr/bin", "/bin", *layer_paths]),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        **standard_environment(endpoint),
        **dict(spec.environment),
        **credentials,
        "_HANDLER": spec.handler,
        "AWS_REGION": spec.region,
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "LAMBDA_TASK_ROOT": str(task),
        "LAMBDA_RUNTIME_DIR": str(Path(__file__).parent),
    }
    if layers:
        environment["LD_LIBRARY_PATH"] = str(layers / "lib")
    if spec.log_format == "JSON":
        environment["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        environment["AWS_LAMBDA_LOG_LEVEL"] = spec.application_log_level
    return environment
