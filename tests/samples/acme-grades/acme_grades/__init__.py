"""Ordinal regression: ordered classes, such as grades."""
