"""Dynamic resources: what no provider resource does, on the cloud's own client library."""
