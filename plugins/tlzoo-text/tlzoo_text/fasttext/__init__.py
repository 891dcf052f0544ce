"""Backbones of fastText vectors from a user's file: ``.vec``, or ``.bin`` with subwords."""

from tlzoo_text.fasttext.loading import load_fasttext

__all__ = ["load_fasttext"]
