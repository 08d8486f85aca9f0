"""The AWS side of the sandbox: control plane, IAM, functions, gateway and model services."""
