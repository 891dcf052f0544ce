"""Data in memory as a data source: ``in_memory``, and what the verbs of the Python API take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, final
from urllib.parse import quote

from tlzoo.data.adapters.memory.arrays import Arrays
from tlzoo.data.adapters.memory.frames import Frames
from tlzoo.data.adapters.memory.held import hold
from tlzoo.data.adapters.memory.modality import modality_options
from tlzoo.data.adapters.memory.streams import Streams
from tlzoo.data.contract import Samples
from tlzoo.data.source import parse_source, refuse_unknown_options
from tlzoo.data.splitting.split_names import SPLIT_NAMES, split_of
from tlzoo.errors import UsageError, did_you_mean
from tlzoo.progress import Silent

if TYPE_CHECKING:
    from tlzoo.data.adapters.memory.kinds import Content, Kind
    from tlzoo.progress import Progress

__all__ = ["DataLike", "InMemory", "in_memory"]


class _Indexed(Protocol):
    """A frame, a Hugging Face data set or a ``keras.utils.PyDataset``."""

    def __getitem__(self, key: Any, /) -> Any: ...


_KINDS: tuple[Kind, ...] = (Frames(), Streams(), Arrays())
"""The kinds of objects, the most special first."""
_DIGITS = 16
"""Digits of a fingerprint in a source string: 64 bits."""


@final
class InMemory:
    """Data in memory that were read once: a data source for every verb. ``in_memory`` returns it."""

    def __init__(self, content: Content) -> None:
        """Take what a kind of object has read, and keep it for this process."""
        self.fingerprint = content.fingerprint[:_DIGITS]
        self.source = f"memory:{self.fingerprint}{_query(content.options)}"
        self.bytes = content.bytes
        self._content = content
        hold(self)

    def samples(self, options: Mapping[str, str] | None = None, progress: Progress | None = None) -> Samples:
        """Return the samples. ``options`` are those of the source string; None for its own."""
        known = self._content.options if options is None else options
        return self._content.read(known, progress or Silent())

    def __repr__(self) -> str:
        """Return the source string."""
        return f"<data in memory {self.source}>"


DataLike: TypeAlias = str | InMemory | tuple[Any, Any] | tuple[Any, Any, Any] | Iterable[Any] | _Indexed
"""Data as the verbs take them: a source string or an object in memory.

Objects are arrays ``(x, y)`` or ``(x, y, weights)``, lists of images, paths or texts in the place of ``x``, frames of
pandas or polars, finite data sets of ``tf.data``, Keras or Hugging Face, and a mapping of ``train``, ``validation`` and
``test`` to any of these.
"""


def in_memory(
    data: Any,
    *,
    like: str | None = None,
    labelled: bool = True,
    progress: Progress | None = None,
    **options: str | Sequence[str] | None,
) -> InMemory:
    """Read data in memory, so that every verb takes them, and return them with their source string.

    Verbs read objects themselves: ``tlzoo.train(data=(x, y), …)``. Call this function to give options, or to read an
    object once for several verbs.

    >>> import numpy as np
    >>> images = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8)
    >>> data = in_memory((images, [0, 1, 0, 1]), classes=["cat", "dog"])
    >>> data.source
    'memory:0d4bb16ae4c4e2f5?classes=cat,dog'
    >>> data.samples().task.names
    ('cat', 'dog')

    Args:
        data: An object of one of the kinds of ``DataLike``.
        like: A source string of other data in memory, whose options are the defaults: those of a run.
        labelled: False takes inputs without labels, too, such as an array or a list: the task is then ``UNLABELLED``.
        progress: Shows how much is read.
        options: Options of the kind: columns of a frame by role (``text=``, ``image=``, ``label=``, ``target=``, …) as
            those of ``table:``; ``classes=``, ``task=`` and others of arrays. Several names may be a list.

    Raises:
        UsageError: For an object of another kind or an unknown option.
        DataError: For data that cannot be used.
    """
    if isinstance(data, InMemory):
        return data
    shown = progress or Silent()
    given = _by_split(data)
    first = next(iter(given.values()))
    kind = next((each for each in _KINDS if each.recognizes(first)), None)
    if kind is None:
        raise _unknown(first)
    for name, part in given.items():
        if not kind.recognizes(part):
            raise UsageError(f"the split {name!r} is {_called(part)}, and others are {_called(first)}", "give one kind")
    named = {name: _words(name, value) for name, value in options.items() if value is not None}
    refuse_unknown_options("memory", named, (*kind.options, *modality_options(named)))
    if like is not None:
        named = {**kind.defaults(first, parse_source(like).options), **named}
    if not labelled and not kind.has_labels(first, named):
        named["labels"] = "none"
    return InMemory(kind.read(given, named, shown))


def _by_split(data: Any) -> Mapping[str, Any]:
    """Return the objects by split; a single one under an empty name."""
    if not isinstance(data, Mapping):
        return {"": data}
    names = [str(each) for each in data]
    if not names:
        raise UsageError("data is an empty dict", 'give {"train": (x, y), "test": (x, y)}')
    splits: dict[str, Any] = {}
    for name, part in data.items():
        split = split_of(str(name))
        if split is None:
            fix = did_you_mean(str(name).lower(), SPLIT_NAMES, valid="splits")
            raise UsageError(f"data is a dict with the key {name!r}, which is not a split", fix)
        if isinstance(part, str):
            fix = "name one source with splits: folders train/ and test/, or split=COLUMN of a table"
            raise UsageError(f"data is a dict, and its {name!r} is the source string {part!r:.40}", fix)
        if split in splits:
            raise UsageError(f"data is a dict with two keys for {split}: {', '.join(names)}", "give each split once")
        splits[split] = part
    return splits


def _unknown(given: Any) -> UsageError:
    if isinstance(given, str | PathLike):
        return UsageError(
            f"data must be a source string such as 'images:photos/', or an object in memory; got {given!r:.60}",
            f"did you mean 'images:{given}'?",
        )
    return UsageError(
        f"data must be a source string such as 'images:photos/', or an object in memory; got {_called(given)}",
        "give arrays (x, y), a frame, a tf.data.Dataset, a PyDataset or a Hugging Face Dataset",
    )


def _called(given: Any) -> str:
    name = type(given).__name__
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"


def _words(name: str, value: str | Sequence[str]) -> str:
    """Return an option as a source string has it."""
    if isinstance(value, str):
        return value
    words = [str(each) for each in value]
    if wrong := [each for each in words if "," in each]:
        raise UsageError(f"{name}= has {wrong[0]!r}, and a comma separates names", "rename it")
    return ",".join(words)


def _query(options: Mapping[str, str]) -> str:
    pairs = [f"{name}={quote(value, safe=' ,;:+./=-_')}" for name, value in options.items()]
    return f"?{'&'.join(pairs)}" if pairs else ""
