"""Static embeddings: one vector per token, and their weighted mean for a text."""

from tlzoo_text.static.loading import load_static

__all__ = ["load_static"]
