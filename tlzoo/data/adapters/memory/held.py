"""Cache of data in memory that this process has read, by fingerprint, and its adapter."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Protocol
from weakref import WeakValueDictionary

from tlzoo.errors import DataError
from tlzoo.process.memory import share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.data.contract import Samples
    from tlzoo.progress import Progress

__all__ = ["hold", "is_held", "memory"]


class Held(Protocol):
    """An entry of the cache: an ``InMemory``."""

    fingerprint: str
    bytes: int

    def samples(self, options: Mapping[str, str] | None = None, progress: Progress | None = None) -> Samples:
        """Return the samples."""
        ...


_held: WeakValueDictionary[str, Held] = WeakValueDictionary()
"""All data in use, by fingerprint."""
_recent: OrderedDict[str, Held] = OrderedDict()
"""Data that stay, the newest last: a run can then be evaluated without passing its data again."""
_lock = Lock()


def hold(data: Held) -> None:
    """Keep data for later functions in this process. The oldest are dropped if not all fit into their share of memory.

    Dropped data stay usable while a variable holds their ``InMemory``.
    """
    with _lock:
        _held[data.fingerprint] = data
        _recent[data.fingerprint] = data
        _recent.move_to_end(data.fingerprint)
        while len(_recent) > 1 and sum(each.bytes for each in _recent.values()) > share("data"):
            _recent.popitem(last=False)


def is_held(fingerprint: str) -> bool:
    """Return whether this process has the data with this fingerprint."""
    return fingerprint in _held


def memory(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open data in memory, which only Python can give: arrays, frames, ``tf.data`` and others.

    The location is the fingerprint of what ``in_memory`` has read.

    Raises:
        DataError: If this process does not have it.
    """
    data = _held.get(location)
    if data is None:
        raise DataError(
            f"data memory:{location} are not in this process",
            "pass them again in Python: tlzoo.resume(run, data=…), run.evaluate(data), run.export(…, data=data), "
            "tlzoo.train(from_run=…, data=…), "
            "tlzoo.compare_runs(…, data=…), tlzoo.label_next(…, data=…)",
        )
    return data.samples(options, progress)
