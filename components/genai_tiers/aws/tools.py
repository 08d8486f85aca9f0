"""The functions of tools: each with a role of its own that may do what the tool declares, and nothing else."""

import pulumi
import pulumi_aws as aws

from genai_tiers.args import ToolsArgs
from genai_tiers.lineage import Children, component_options, type_token
from genai_tiers.settings import Settings, read_settings
from genai_tiers.tool_code import code_archive, load_tools
from genai_tiers.tool_settings import Tool

from .functions import code_function
from .iam_roles import allow


class AwsTools(pulumi.ComponentResource):
    """Creates a function with its role and log group for every tool that is made of code.

    `functions` are the ARNs of all tools' functions by the tools' names, also of those that were there before.
    """

    functions: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, args: ToolsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = f"AwsTools {name!r}"
        settings = read_settings(title, args, ToolsArgs)
        load_tools(title, settings.tools)
        super().__init__(type_token(type(self)), name, None, component_options(type(self), opts))
        children = Children(self, name)
        self.functions = pulumi.Output.all(
            **{tool.name: tool.function or _function(children, tool, settings, args).arn for tool in settings.tools}
        )
        self.register_outputs({"functions": self.functions})


def _function(children: Children, tool: Tool, settings: Settings, args: ToolsArgs) -> aws.lambda_.Function:
    statements = [allow(permission.actions, permission.resources) for permission in tool.permissions]
    return code_function(
        children,
        tool.name,
        code=code_archive(tool),
        handler=tool.handler,
        environment=tool.environment,
        statements=[statements],
        key=args["key"],
        timeout_seconds=tool.timeout_seconds,
        memory_mb=tool.memory_mb,
        max_concurrency=tool.max_concurrency,
        log_retention_days=settings.log_retention_days,
        network=args.get("private_network"),
        alarms=settings.alarms,
    )
