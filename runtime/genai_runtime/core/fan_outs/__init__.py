"""Requests whose parts are worked on next to each other, each by its modality, and combined into one response."""
