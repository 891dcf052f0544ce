"""Static embeddings: one vector a token, and the weighted mean of them for a text."""

from tlzoo_text.static.loading import load_static

__all__ = ["load_static"]
