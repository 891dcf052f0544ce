"""``memory:FINGERPRINT``: data in memory, such as arrays, frames, streams and lists of files.

``in_memory`` reads an object of any kind. Each kind has a module (``kinds.py`` has the contract);
the modality of the raw inputs defines their form. Data that were read stay in a table of this process
(``held.py``), where the adapter finds them by fingerprint.
"""

from tlzoo.data.adapters.memory.given import DataLike, InMemory, in_memory
from tlzoo.data.adapters.memory.held import memory

__all__ = ["DataLike", "InMemory", "in_memory", "memory"]
