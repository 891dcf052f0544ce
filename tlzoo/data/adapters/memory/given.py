"""Data in memory as a data source: ``in_memory``, and the type of ``data`` in the Python API."""

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
from tlzoo.data.missing import format_policies
from tlzoo.data.source import parse_source, refuse_unknown_options
from tlzoo.data.splitting.split_names import SPLIT_NAMES, split_of
from tlzoo.errors import UsageError, did_you_mean
from tlzoo.plugins.plugin_errors import naming_plugins
from tlzoo.progress import Silent

if TYPE_CHECKING:
    from tlzoo.data.adapters.memory.kinds import Content, Kind
    from tlzoo.progress import Progress

__all__ = ["DataLike", "InMemory", "in_memory"]


class _Indexed(Protocol):
    """A frame, a Hugging Face data set or a ``keras.utils.PyDataset``."""

    def __getitem__(self, key: Any, /) -> Any: ...


_KINDS: tuple[Kind, ...] = (Frames(), Streams(), Arrays())
"""The kinds of objects, the most specific first."""
_DIGITS = 16
"""Number of hex digits of a fingerprint in a source string: 64 bits."""


@final
class InMemory:
    """Data in memory that were read once, a data source for every function. Made by ``in_memory``."""

    def __init__(self, content: Content) -> None:
        """Take the content that was read, and keep it for this process."""
        self.fingerprint = content.fingerprint[:_DIGITS]
        self.source = f"memory:{self.fingerprint}{_query(content.options)}"
        self.bytes = content.bytes
        self._content = content
        hold(self)

    def samples(self, options: Mapping[str, str] | None = None, progress: Progress | None = None) -> Samples:
        """Return the samples. ``options`` are those of a source string. None: its own."""
        known = self._content.options if options is None else options
        return self._content.read(known, progress or Silent())

    def __repr__(self) -> str:
        """Return the source string."""
        return f"<data in memory {self.source}>"


DataLike: TypeAlias = str | InMemory | tuple[Any, Any] | tuple[Any, Any, Any] | Iterable[Any] | _Indexed
"""Data of the Python API: a source string or an object in memory.

Objects are arrays ``(x, y)`` or ``(x, y, weights)``, lists of images, paths or texts in the place of ``x``, frames of
pandas or polars, finite data sets of ``tf.data``, Keras or Hugging Face, and a mapping of ``train``, ``validation`` and
``test`` to any of these.
"""


@naming_plugins
def in_memory(
    data: Any,
    *,
    like: str | None = None,
    labelled: bool = True,
    progress: Progress | None = None,
    **options: str | Sequence[str] | Mapping[str, str] | None,
) -> InMemory:
    """Read data in memory, and return them as a data source for every function.

    Functions also accept the objects themselves: ``tlzoo.train(data=(x, y), …)``. Use ``in_memory`` to set options, or
    to read an object once for several functions.

    >>> import numpy as np
    >>> images = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8)
    >>> data = in_memory((images, [0, 1, 0, 1]), classes=["cat", "dog"])
    >>> data.source
    'memory:0d4bb16ae4c4e2f5?classes=cat,dog'
    >>> data.samples().task.names
    ('cat', 'dog')

    Args:
        data: Arrays, a frame, a data set or a dict of splits, as in ``DataLike``.
        like: Source string of other data in memory, such as those of a run, for the defaults of the options.
        labelled: If False, inputs without labels are accepted, such as an array; the task is then ``UNLABELLED``.
        progress: Receives progress; None shows nothing.
        options: Columns of a frame by role (``text=``, ``image=``, ``label=``, ``target=``, …) as
            for ``table:``; ``classes=``, ``task=`` and others for arrays. Several names are a list;
            ``missing=`` may be a mapping, such as ``{"age": "impute"}``.

    Returns:
        The data source. ``source`` is its source string, ``samples()`` its samples.

    Raises:
        UsageError: For an unsupported object or an unknown option.
        DataError: For unusable data.
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
            raise UsageError(
                f"split {name!r} is {_called(part)}, but other splits are {_called(first)}", "pass one kind of object"
            )
    named = {name: _words(name, value) for name, value in options.items() if value is not None}
    refuse_unknown_options("memory", named, (*kind.options, *modality_options(named)))
    if like is not None:
        named = {**kind.defaults(first, parse_source(like).options), **named}
    if not labelled and not kind.has_labels(first, named):
        named["labels"] = "none"
    return InMemory(kind.read(given, named, shown))


def _by_split(data: Any) -> Mapping[str, Any]:
    """Return the objects by split; a single object has an empty name."""
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
            raise UsageError(f"data is a dict with the key {name!r}, not the name of a split", fix)
        if isinstance(part, str):
            fix = "name one source with splits: folders train/ and test/, or split=COLUMN of a table"
            raise UsageError(f"data is a dict, but its {name!r} is a source string, {part!r:.40}", fix)
        if split in splits:
            raise UsageError(f"data is a dict with two keys for {split}: {', '.join(names)}", "give each split once")
        splits[split] = part
    return splits


def _unknown(given: Any) -> UsageError:
    if isinstance(given, str) and ":" in given:
        return UsageError(f"data is not in memory: {given!r:.60} is a source string", "pass the string itself as data")
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


def _words(name: str, value: Any) -> str:
    """Return an option in the form of a source string."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return format_policies(value)
    if not isinstance(value, Iterable):
        raise UsageError(f"{name}={value!r:.40} is not a name", f"give a string, such as {str(value)!r:.40}, or a list")
    words = [str(each) for each in value]
    if wrong := [each for each in words if "," in each]:
        raise UsageError(f"{name}= has {wrong[0]!r}, but commas separate names", "rename it")
    return ",".join(words)


def _query(options: Mapping[str, str]) -> str:
    pairs = [f"{name}={quote(value, safe=' ,;:+./=-_')}" for name, value in options.items()]
    return f"?{'&'.join(pairs)}" if pairs else ""
