"""Adapters of the ports to AWS, and the entry points that the AWS stacks deploy."""
