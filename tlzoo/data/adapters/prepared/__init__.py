"""Data sets that other libraries have prepared on disk, read as tables, without executing code in them."""

from tlzoo.data.adapters.prepared.hugging_face import hf
from tlzoo.data.adapters.prepared.tfds import tfds

__all__ = ["hf", "tfds"]
