"""Sets that other libraries have prepared on disk: read as tables, without running anything that comes with them."""

from tlzoo.data.prepared.hugging_face import hf
from tlzoo.data.prepared.tensorflow_sets import tfds

__all__ = ["hf", "tfds"]
