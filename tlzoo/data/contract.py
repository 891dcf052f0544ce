"""What an adapter hands over, and what training receives: values only, with raw inputs read on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np

from tlzoo.errors import DataError

if TYPE_CHECKING:
    import tensorflow as tf

Array: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.int64]]"
Digests: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"
Progress: TypeAlias = Callable[[int, int], None]
"""Called as ``progress(done, total)`` while a source is opened; ``done`` reaches ``total``."""

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class SetAside:
    """A sample that could not be read. It is reported, never deleted, and the run goes on without it."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Classification:
    """The task of telling ``classes`` apart; a label is a position in them."""

    classes: tuple[str, ...]
    kind: ClassVar[Literal["classification"]] = "classification"

    @property
    def outputs(self) -> int:
        """How many logits a head has for it."""
        return len(self.classes)


Task: TypeAlias = Classification
"""What is to be learned. Tasks with other kinds of label join this union."""


class Examples(Protocol):
    """Raw inputs, addressed by position."""

    @property
    def modality(self) -> str:
        """``vision``, ``text`` or ``rl``: must be the backbone's."""
        ...

    def __len__(self) -> int:
        """Return how many inputs there are."""
        ...

    def name(self, index: int) -> str:
        """Return what a report calls this input: ``photos/cat/1.jpg``, ``digits[12]``."""
        ...

    def stream(self, indices: Array) -> tf.data.Dataset:
        """Return the raw inputs at ``indices``, unbatched, in that order, the same at every call.

        Images are uint8 of shape (height, width, 1 or 3), in 0..255; height and width may differ between them.
        """
        ...


@runtime_checkable
class Pictures(Protocol):
    """What examples may add for a report on images."""

    @property
    def shapes(self) -> Array:
        """Height, width and channels as stored: int64 (N, 3)."""
        ...

    @property
    def formats(self) -> Mapping[str, int]:
        """How many inputs there are of each file format: ``{"JPEG": 12}``."""
        ...


@dataclass(frozen=True, eq=False)
class Samples:
    """All labelled samples of one source.

    ``labels`` are int64 (N,), positions in ``task.classes``. ``digests`` are uint8 (N, 32): the SHA-256 of each
    input's content. ``given`` holds the splits that the source itself declares, as disjoint positions under
    ``train``, ``validation`` and ``test``; it is empty where there are none.

    Raises DataError where these do not fit together.
    """

    source: str
    task: Task
    examples: Examples
    labels: Array
    digests: Digests
    given: Mapping[str, Array] = field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what an adapter put together wrongly."""
        count = len(self.examples)
        if self.labels.shape != (count,) or self.digests.shape != (count, 32):
            shapes = f"{self.labels.shape} labels and {self.digests.shape} digests"
            raise DataError(f"{self.source}: {count} inputs came with {shapes}", f"give ({count},) and ({count}, 32)")
        if count and not 0 <= self.labels.min() <= self.labels.max() < len(self.task.classes):
            raise DataError(f"{self.source}: labels must be positions in its {len(self.task.classes)} classes")
        if unknown := set(self.given) - set(SPLITS):
            raise DataError(f"{self.source}: unknown splits {sorted(unknown)}", f"use {', '.join(SPLITS)}")
        parts = np.concatenate([np.empty(0, np.int64), *self.given.values()])
        if parts.size and not 0 <= parts.min() <= parts.max() < count:
            raise DataError(f"{self.source}: a declared split reaches beyond the {count} samples")
        if parts.size != np.unique(parts).size:
            raise DataError(f"{self.source}: a sample is in two declared splits")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) over classes, contents, labels, order and declared splits; blind to folders and times."""
        digest = hashlib.sha256(repr((self.task.kind, self.task.classes)).encode())
        digest.update(np.ascontiguousarray(self.digests).tobytes())
        digest.update(self.labels.astype("<i8").tobytes())
        _add_splits(digest, self.given.items())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples and their splits: disjoint, sorted positions (int64). ``notes`` say what a reader should know of them.

    ``validation`` may be empty: no phase is then judged by it.
    """

    samples: Samples
    train: Array
    validation: Array
    test: Array
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The source string that the samples came from."""
        return self.samples.source

    @property
    def task(self) -> Task:
        """What is to be learned."""
        return self.samples.task

    @property
    def examples(self) -> Examples:
        """The raw inputs of all splits."""
        return self.samples.examples

    @property
    def labels(self) -> Array:
        """The labels of all samples, int64 (N,): index them by a split."""
        return self.samples.labels

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) over the samples and the splits."""
        digest = hashlib.sha256(self.samples.fingerprint.encode())
        _add_splits(digest, [("train", self.train), ("validation", self.validation), ("test", self.test)])
        return digest.hexdigest()


class DataAdapter(Protocol):
    """Opens the sources of one scheme. The hook ``tlzoo_data_adapters`` returns ``{scheme: adapter}``."""

    def __call__(self, location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
        """Open ``location``; refuse options that are not known.

        Raises DataError where the data cannot be used, UsageError for an unknown option.
        """
        ...


def _add_splits(digest: hashlib._Hash, splits: Iterable[tuple[str, Array]]) -> None:
    for name, indices in sorted(splits):
        digest.update(f"{name}:{len(indices)}:".encode() + indices.astype("<i8").tobytes())
