"""AWS services of our own, in place of what moto lacks: models, guardrails, knowledge bases, vector queries."""
