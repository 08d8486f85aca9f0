"""A three-tier serverless GenAI system as Pulumi components, the same on AWS and Google Cloud.

Import the components of your cloud from `genai_tiers.aws` or `genai_tiers.gcp`; what both take is in
`genai_tiers.args`.
"""

__version__ = "0.1.0"
