"""Writes docs/cost.md: what a stack costs at rest, resource by resource, and what requests cost beyond the model."""
