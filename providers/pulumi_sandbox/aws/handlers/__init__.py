"""Handlers of AWS resource types, one service a file, each with its ``HANDLERS``; see ``plugin/handler.py``."""
