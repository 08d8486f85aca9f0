"""The agent loop: a model asks for tools of the deployment, reads what they gave back, and answers or asks for more."""
