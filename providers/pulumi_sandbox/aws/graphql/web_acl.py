"""Whether a web ACL that is associated with an API refuses a request."""

from urllib.parse import quote

from pulumi_sandbox.aws.edge import firewall
from pulumi_sandbox.aws.edge.behaviours import recorded_by_arn
from pulumi_sandbox.durable import open_map

ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
_resources = open_map("recorded")


def blocks(api_arn: str, source_ip: str) -> bool:
    """Return whether the firewall before an API, if there is one, refuses an address."""
    prefix = quote(ASSOCIATION, safe="") + "/"
    for key, entry in _resources.snapshot().items():
        if key.startswith(prefix) and entry["outputs"]["resourceArn"] == api_arn:
            acl = recorded_by_arn(WEB_ACL, entry["outputs"]["webAclArn"])
            return bool(acl and firewall.blocks(acl, source_ip))
    return False
