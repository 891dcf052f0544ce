"""FastText vectors as backbones, from a user's file: ``.vec``, and ``.bin`` with subwords."""

from tlzoo_text.fasttext.loading import load_fasttext

__all__ = ["load_fasttext"]
