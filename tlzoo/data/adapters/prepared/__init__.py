"""Sets that other libraries have prepared on disk: read as tables, without running anything that comes with them."""

from tlzoo.data.adapters.prepared.hugging_face import hf
from tlzoo.data.adapters.prepared.tfds import tfds

__all__ = ["hf", "tfds"]
