"""The components on AWS."""

from .backend import AwsBackend
from .frontend import AwsFrontend
from .knowledge_base import AwsKnowledgeBase
from .middleware import AwsMiddleware
from .patterns.request_response import AwsRequestResponse
from .stack import AwsThreeTierStack

__all__ = [
    "AwsBackend",
    "AwsFrontend",
    "AwsKnowledgeBase",
    "AwsMiddleware",
    "AwsRequestResponse",
    "AwsThreeTierStack",
]
