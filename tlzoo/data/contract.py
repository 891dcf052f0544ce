"""Samples and data sets: plain values, with raw inputs read on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from tlzoo.data.columns import SampleColumns
from tlzoo.data.missing import Missing
from tlzoo.errors import DataError
from tlzoo.printable import readable
from tlzoo.tasks.contract import Task
from tlzoo.tasks.label_rows import Labels
from tlzoo.tasks.options import Balance

if TYPE_CHECKING:
    import tensorflow as tf

Array: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.int64]]"
Weights: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"
Digests: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"


SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class SetAside:
    """A sample that could not be read. It is reported, not deleted, and the run continues without it."""

    name: str
    reason: str

    def __post_init__(self) -> None:
        """Make the name readable: file names may have any bytes."""
        object.__setattr__(self, "name", readable(self.name))


class Examples(Protocol):
    """Raw inputs, addressed by position."""

    @property
    def modality(self) -> str:
        """The name of the modality, the same as the backbone's."""
        ...

    def __len__(self) -> int:
        """Return the number of inputs."""
        ...

    def name(self, index: int) -> str:
        """Return the name of this input in reports: ``photos/cat/1.jpg``, ``digits[12]``."""
        ...

    def stream(self, indices: Array) -> tf.data.Dataset:
        """Return the raw inputs at ``indices``, unbatched, in that order, identical at every call.

        The modality defines their form. Images are uint8 (height, width, 1 or 3), 0 to 255, in their own sizes.
        """
        ...


@runtime_checkable
class Pictures(Protocol):
    """Optional methods of examples for reports on images."""

    @property
    def shapes(self) -> Array:
        """Height, width and channels (1 for grey, 3 for colour) of each image: int64 (N, 3)."""
        ...

    @property
    def formats(self) -> Mapping[str, int]:
        """Number of inputs by file format: ``{"JPEG": 12}``."""
        ...


@runtime_checkable
class Hashed(Protocol):
    """Optional methods of examples for near duplicates of images."""

    @property
    def hashes(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
        """A perceptual hash of each image, uint64 (N,); 0 for an image without one."""
        ...


@dataclass(frozen=True, eq=False)
class Samples:
    """All labelled samples of one source.

    ``labels`` are of the task's type and shape: int64 (N,), positions in its classes; float32 (N, K) of 0 and 1; or
    float32 (N, T), numbers. ``digests`` are uint8 (N, 32): the SHA-256 of each input's content. ``given`` holds the
    declared splits of the source, as disjoint positions under ``train``, ``validation`` and ``test``; it is
    empty without any. ``weights``, float32 (N,), 0 or more, are sample weights in the training
    loss. ``groups``, int64 (N,), are numbers of groups; a group is never divided by a split. Both may be absent.
    ``missing`` describes columns with empty cells and their treatment. ``notes`` are lines for the user, on
    how the source was read; they are reported before training and are not part of the fingerprint. ``columns`` are
    facts on the samples to group results by, read on demand.

    Raises:
        DataError: If these do not match each other.
    """

    source: str
    task: Task
    examples: Examples
    labels: Labels
    digests: Digests
    given: Mapping[str, Array] = field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()
    weights: Weights | None = None
    groups: Array | None = None
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()
    columns: SampleColumns | None = None

    def __post_init__(self) -> None:
        """Refuse inconsistent values from an adapter."""
        count = len(self.examples)
        if len(self.labels) != count or self.digests.shape != (count, 32):
            found = f"{len(self.labels)} labels and digests of shape {self.digests.shape}"
            raise DataError(
                f"{self.source}: {count} inputs have {found}", f"give {count} labels and digests of shape ({count}, 32)"
            )
        if refusal := self.task.refusal(self.labels, count) or self.task.mismatch(self.labels, self.examples):
            raise DataError(f"{self.source}: {refusal}", "correct the labels, or remove those samples")
        if unknown := set(self.given) - set(SPLITS):
            raise DataError(f"{self.source}: unknown splits {sorted(unknown)}", f"use {', '.join(SPLITS)}")
        parts = np.concatenate([np.empty(0, np.int64), *self.given.values()])
        if parts.size and not 0 <= parts.min() <= parts.max() < count:
            raise DataError(f"{self.source}: a declared split has positions beyond the {count} samples")
        if parts.size != np.unique(parts).size:
            raise DataError(f"{self.source}: a sample is in two declared splits")
        self._check_columns(count)

    def _check_columns(self, count: int) -> None:
        for name, values, kind in (("weights", self.weights, "float32"), ("groups", self.groups, "int64")):
            if values is not None and (values.shape != (count,) or values.dtype != kind):
                raise DataError(f"{self.source}: {name} must be {kind} ({count},); got {values.dtype} {values.shape}")
        if self.weights is not None and not (np.isfinite(self.weights).all() and (self.weights >= 0).all()):
            raise DataError(f"{self.source}: a weight is negative or not a number", "give 0 or more")

    @property
    def modality(self) -> str:
        """The modality of the raw inputs."""
        return self.examples.modality

    @property
    def input_shape(self) -> tuple[int, ...] | None:
        """The shape of one input, for backbones built for it; None if the examples do not declare one."""
        shape: tuple[int, ...] | None = getattr(self.examples, "input_shape", None)
        return shape

    @property
    def input_maximum(self) -> float | None:
        """The value of white in floating-point images, 1 or 255, which predictions need; None for other inputs."""
        maximum: float | None = getattr(self.examples, "input_maximum", None)
        return maximum

    @property
    def tile(self) -> int | None:
        """The side of the square tiles that the inputs are, in pixels; None for whole inputs."""
        tile: int | None = getattr(self.examples, "tile", None)
        return tile

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) over classes, contents, labels, order, declared splits, weights, groups, missing cells.

        Folders and times have no influence.
        """
        digest = hashlib.sha256(repr((self.task.kind, self.task.names)).encode())
        digest.update(np.ascontiguousarray(self.digests).tobytes())
        keys = self.task.label_keys(self.labels)
        digest.update(keys.astype(keys.dtype.newbyteorder("<")).tobytes())
        _add_splits(digest, self.given.items())
        for name, values in (("weights", self.weights), ("groups", self.groups)):
            if values is not None:
                digest.update(f"{name}:".encode() + values.astype(values.dtype.newbyteorder("<")).tobytes())
        for each in self.missing:
            digest.update(repr((each.column, each.rows, each.policy)).encode())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples and their splits: disjoint, sorted positions (int64). ``notes`` are lines for the user.

    ``validation`` may be empty; phases are then not validated.
    """

    samples: Samples
    train: Array
    validation: Array
    test: Array
    notes: tuple[str, ...] = ()

    @property
    def head(self) -> str | None:
        """The head of recipes that do not name one; None for that of tlzoo."""
        return self.task.head

    @property
    def labelled(self) -> Dataset:
        """The data set itself; None for ``TrainerData``."""
        return self

    @property
    def source(self) -> str:
        """The source string that the samples came from."""
        return self.samples.source

    @property
    def task(self) -> Task:
        """The task."""
        return self.samples.task

    @property
    def trainer(self) -> str:
        """The name of the trainer for heads that do not name one."""
        return self.task.trainer

    @property
    def modality(self) -> str:
        """The modality of the raw inputs."""
        return self.examples.modality

    @property
    def sizes(self) -> Mapping[str, int]:
        """The number of samples in each split."""
        return {"train": len(self.train), "validation": len(self.validation), "test": len(self.test)}

    @property
    def set_aside(self) -> tuple[SetAside, ...]:
        """The samples that could not be read."""
        return self.samples.set_aside

    @property
    def examples(self) -> Examples:
        """The raw inputs of all splits."""
        return self.samples.examples

    @property
    def input_shape(self) -> tuple[int, ...] | None:
        """The shape of one input, for backbones built for it; None if the examples do not declare one."""
        return self.samples.input_shape

    @property
    def labels(self) -> Labels:
        """The labels of all samples, in the form of the task: index them by a split."""
        return self.samples.labels

    @property
    def weights(self) -> Weights | None:
        """Sample weights in the training loss, float32 (N,), or None for equal weights."""
        return self.samples.weights

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) over the samples and the splits."""
        digest = hashlib.sha256(self.samples.fingerprint.encode())
        _add_splits(digest, [("train", self.train), ("validation", self.validation), ("test", self.test)])
        return digest.hexdigest()

    def describe(self) -> dict[str, Any]:
        """Return a summary for the journal, to name changes of the data: samples and contents by class, splits."""
        digests, keys = self.samples.digests, self.task.label_keys(self.labels)
        classes = {}
        for name, members in self.task.class_members(self.labels):
            rows = sorted(row.tobytes() for row in digests[members])
            classes[name] = {"samples": len(rows), "contents": hashlib.sha256(b"".join(rows)).hexdigest()[:16]}
        shape = {} if self.input_shape is None else {"input_shape": list(self.input_shape)}
        maximum = self.samples.input_maximum
        scale = {} if maximum is None else {"input_maximum": maximum}
        scale |= {} if self.samples.tile is None else {"tile": self.samples.tile}
        return (
            self.task.facts(self.labels[self.train])
            | shape
            | scale
            | {
                "classes": classes,
                "splits": dict(self.sizes),
                "order": hashlib.sha256(np.ascontiguousarray(digests).tobytes()).hexdigest()[:16],
                "labels": hashlib.sha256(np.ascontiguousarray(keys).tobytes()).hexdigest()[:16],
            }
        )

    def score_name(self, balance: Balance) -> str:
        """Return the name of the score that compares phases."""
        return self.task.score_name(balance)


def _add_splits(digest: hashlib._Hash, splits: Iterable[tuple[str, Array]]) -> None:
    for name, indices in sorted(splits):
        digest.update(f"{name}:{len(indices)}:".encode() + indices.astype("<i8").tobytes())
