"""Ordinal regression: classes in order, such as grades."""
