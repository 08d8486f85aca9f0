"""A local cloud: runs on localhost what Pulumi programs deploy to AWS, with the real Pulumi engine."""
