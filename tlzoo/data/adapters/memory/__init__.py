"""``memory:FINGERPRINT``: data in memory, such as arrays, frames, streams and lists of files.

``in_memory`` reads an object of any kind. One module a kind knows its objects (``kinds.py`` has their contract);
the modality of the raw inputs says what they have to look like. What was read stays in a table of this process
(``held.py``), where the adapter finds it by its fingerprint.
"""

from tlzoo.data.adapters.memory.given import DataLike, InMemory, in_memory
from tlzoo.data.adapters.memory.held import memory

__all__ = ["DataLike", "InMemory", "in_memory", "memory"]
