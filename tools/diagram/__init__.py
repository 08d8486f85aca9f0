"""Draws a stack from its state: tiers as bands, patterns as cards, and arrows from what refers to what."""
