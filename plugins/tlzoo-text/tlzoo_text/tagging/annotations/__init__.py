"""Annotations of texts: words, their tags by a scheme, the spans that these mark, and their tokens."""
