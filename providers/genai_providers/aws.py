"""The AWS provider of a stack."""

from collections.abc import Mapping

import pulumi_aws as aws


def aws_provider(name: str, region: str, tags: Mapping[str, str]) -> aws.Provider:
    """A provider for one region that puts `tags` on everything it creates. Credentials and endpoints come from the
    environment's standard variables."""
    return aws.Provider(name, region=region, default_tags={"tags": dict(tags)})
