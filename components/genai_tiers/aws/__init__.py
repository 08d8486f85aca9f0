"""The components on AWS."""

from .backend import AwsBackend
from .frontend import AwsFrontend
from .knowledge_base import AwsKnowledgeBase
from .middleware import AwsMiddleware
from .patterns.async_request_response import AwsAsyncRequestResponse
from .patterns.batch_processing import AwsBatchProcessing
from .patterns.buffered_request_response import AwsBufferedRequestResponse
from .patterns.parallel_fan_out import AwsParallelFanOut
from .patterns.request_response import AwsRequestResponse
from .patterns.streaming_response import AwsStreamingResponse
from .stack import AwsThreeTierStack
from .tools import AwsTools

__all__ = [
    "AwsAsyncRequestResponse",
    "AwsBackend",
    "AwsBatchProcessing",
    "AwsBufferedRequestResponse",
    "AwsFrontend",
    "AwsKnowledgeBase",
    "AwsMiddleware",
    "AwsParallelFanOut",
    "AwsRequestResponse",
    "AwsStreamingResponse",
    "AwsThreeTierStack",
    "AwsTools",
]
