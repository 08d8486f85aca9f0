"""The OpenAI-compatible surface: parses request bodies and renders responses, streams and errors."""
