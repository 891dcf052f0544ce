"""Finite data sets that are read in order: ``tf.data.Dataset`` and ``keras.utils.PyDataset``.

They are read twice. The first reading is stored, because training needs samples repeatedly and in any order. The
second one checks that the data set gives the same samples in the same order at each reading.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.data.adapters.memory.kinds import Content, Part
from tlzoo.data.adapters.memory.random_operations import random_operation
from tlzoo.data.adapters.memory.samples import OPTIONS, content_of, options_of_inputs, where
from tlzoo.errors import DataError, UsageError, did_you_mean
from tlzoo.process.memory import format_bytes, memory_limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlzoo.progress import Progress

__all__ = ["Streams", "input_elements", "is_data_set"]

_ROLES = ("text", "image", "label", "target", "weight")
_COLOUR = 3
_CHANNELS = (1, 3, 4)
_FIX_RANDOM = "remove random operations such as augmentation (use augment=), or store their results with cache()"
_SHARE = 0.5
"""Largest share of the memory limit for the samples of a data set."""
_BYTES_AN_ARRAY = 150
"""Overhead of a NumPy array in bytes."""


@final
class Streams:
    """A data set of ``(x, y)`` or ``(x, y, weights)``, batched or not, or of dicts whose keys options name."""

    options: tuple[str, ...] = (*OPTIONS, *_ROLES)

    def recognizes(self, given: Any) -> bool:
        """Return whether an object is a data set of TensorFlow or Keras, or can be read only once."""
        return _is_stream(given) or _is_py_dataset(given) or isinstance(given, Iterator)

    def defaults(self, given: Any, known: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG002 - all fit
        """Return the options of other data that also apply here."""
        return options_of_inputs(known)

    def has_labels(self, given: Any, options: Mapping[str, str]) -> bool:
        """Return whether elements are pairs, or have a key for labels."""
        if not _is_stream(given):
            return True
        spec = given.element_spec
        if isinstance(spec, dict):
            return any(role in options or role in spec for role in ("label", "target"))
        return isinstance(spec, tuple) and len(spec) > 1

    def read(self, data: Mapping[str, Any], options: Mapping[str, str], progress: Progress) -> Content:
        """Read the data sets twice."""
        for name, given in data.items():
            _refuse_endless(given, where(name))
            _refuse_random(given, where(name))
        parts = {name: _read_twice(given, where(name), options, progress) for name, given in data.items()}
        return content_of(parts, {name: value for name, value in options.items() if name not in _ROLES}, progress)


@dataclass(slots=True)
class _Reading:
    """The samples of one reading, with the digest of each."""

    keep: bool
    where: str
    columns: tuple[list[Any], ...] = field(default_factory=lambda: ([], [], []))
    digests: list[bytes] = field(default_factory=list)
    bytes: int = 0

    def add(self, sample: Sequence[Any]) -> None:
        values = [np.asarray(each) for each in sample]
        digest = hashlib.sha256()
        for value in values:
            content = b"\0".join(value.ravel().tolist()) if value.dtype.kind == "O" else value.tobytes()
            digest.update(repr((value.dtype.str, value.shape, len(content))).encode() + content)
        self.digests.append(digest.digest()[:16])
        if self.keep:
            for column, value in zip(self.columns, values, strict=False):
                column.append(value)
                self.bytes += value.nbytes + _BYTES_AN_ARRAY
            self._check_size()

    def part(self) -> Part:
        x, y, weights = (_column(each) for each in self.columns)
        return Part(x, y, weights)

    def _check_size(self) -> None:
        limit = memory_limit()
        if self.bytes > _SHARE * limit.bytes:
            count = len(self.digests)
            raise DataError(
                f"{self.where}: {count:,} samples take {format_bytes(self.bytes)}, half of the memory limit of {limit}",
                "use fewer samples with take(count), smaller images, or files: images:FOLDER",
            )


def _column(values: list[Any]) -> Any:
    """Return the inputs, labels or weights that were read: an array if all have one shape; None if there are none."""
    if not values:
        return None
    if values[0].dtype.kind in "OUS":
        return [_text(each) for each in values]
    if len({each.shape for each in values}) > 1:
        return values
    found = np.empty((len(values), *values[0].shape), np.result_type(*{each.dtype for each in values}))
    for at, value in enumerate(values):
        found[at] = value
        values[at] = None  # so that no sample is there twice
    return found


def _text(value: np.ndarray) -> Any:
    texts = [each.decode() if isinstance(each, bytes) else str(each) for each in value.ravel().tolist()]
    return texts[0] if not value.ndim else texts


def _read_twice(given: Any, called: str, options: Mapping[str, str], progress: Progress) -> Part:
    first, second = _Reading(keep=True, where=called), _Reading(keep=False, where=called)
    for reading, what in ((first, "reading"), (second, "comparing")):
        with progress.track(what, _count(given), "batches" if _is_py_dataset(given) else "elements") as advance:
            for element in _elements(given):
                for sample in _samples(element, given, called, options):
                    reading.add(sample)
                advance(1)
        if _is_py_dataset(given):
            given.on_epoch_end()  # as Keras does, after which some give their batches in another order
    if not first.digests:
        raise DataError(f"{called} are empty: the {type(given).__name__} has no elements", "pass one with samples")
    if first.digests != second.digests:
        raise _changing(first.digests, second.digests, called)
    return first.part()


def _changing(first: list[bytes], second: list[bytes], called: str) -> DataError:
    if Counter(first) == Counter(second):
        what = f"{called} have another order at each reading"
        return DataError(what, "remove shuffling (shuffle(), on_epoch_end): training shuffles by itself")
    count = sum((Counter(first) - Counter(second)).values())
    return DataError(
        f"{called} differ between two readings: {count} of {len(first)} samples have other content",
        _FIX_RANDOM,
    )


def _elements(given: Any) -> Iterator[Any]:
    if _is_py_dataset(given):
        yield from (given[at] for at in range(given.num_batches))
        return
    yield from given.as_numpy_iterator()


def _samples(element: Any, given: Any, called: str, options: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    """Yield the samples of an element: itself, or all of a batch."""
    parts = _parts(element, called, options)
    if not _is_batched(parts, given):
        yield parts
        return
    counts = {len(np.asarray(each)) if not hasattr(each, "__len__") else len(each) for each in parts}
    if len(counts) > 1:
        raise DataError(
            f"{called}: a batch has {' and '.join(map(str, sorted(counts)))} inputs and labels", "correct the batch"
        )
    yield from zip(*parts, strict=True)


def _parts(element: Any, called: str, options: Mapping[str, str]) -> tuple[Any, ...]:
    """Return the inputs, and the labels and weights if any, of an element."""
    unlabelled = options.get("labels") == "none"
    if isinstance(element, dict):
        element = _by_key(element, called, options, unlabelled=unlabelled)
    if not isinstance(element, tuple | list):
        element = (element,)
    if isinstance(element[0], dict) and len(element[0]) == 1:  # a single named input
        element = (next(iter(element[0].values())), *element[1:])
    if unlabelled:
        return tuple(element[:1])
    if len(element) not in {2, 3}:
        found = "inputs and no labels" if len(element) == 1 else f"tuples of {len(element)}"
        raise UsageError(f"{called} gives {found}", "give (x, y) or (x, y, weights)")
    if isinstance(element[0], dict | tuple | list) and not hasattr(element[0], "dtype"):
        raise UsageError(f"{called} gives several inputs per sample", "give one: an image, a text or a pair of texts")
    return tuple(element)


def _by_key(
    element: Mapping[str, Any], called: str, options: Mapping[str, str], *, unlabelled: bool
) -> tuple[Any, ...]:
    found = []
    for roles in (("text", "image"),) if unlabelled else (("text", "image"), ("label", "target")):
        key = next((options.get(role, role) for role in roles if options.get(role, role) in element), None)
        if key is None:
            keys = ", ".join(map(repr, element))
            fix = f"give data=tlzoo.data.in_memory(dataset, {roles[0]}=…); its keys: {keys}"
            raise UsageError(f"{called} gives dicts without {' or '.join(roles)}", fix)
        found.append(element[key])
    weight = options.get("weight", "weight")
    if "weight" in options and weight not in element:
        raise UsageError(f"{called} gives dicts without {weight!r}", did_you_mean(weight, element, valid="its keys"))
    return tuple(found) if unlabelled or weight not in element else (*found, element[weight])


def _is_batched(parts: Sequence[Any], given: Any) -> bool:
    """Return whether an element is a batch. A scalar label is that of one sample; Keras's elements are all batches.

    An input with one label per axis, such as (height, width, 3) with labels (K,), is one sample if their first sizes
    differ.
    """
    if _is_py_dataset(given):
        return True
    shapes = [np.shape(each) for each in parts]
    inputs, labels = shapes[0], shapes[1] if len(shapes) > 1 else None
    if labels is None:
        return _is_batch_of_inputs(given)
    if not labels or not inputs:
        return False
    spec = given.element_spec
    parts_spec = list(spec.values()) if isinstance(spec, dict) else spec
    flat = [next(iter(each.values())) if isinstance(each, dict) else each for each in parts_spec[:2]]
    sizes = {each.shape[0] for each in flat if each.shape.rank}
    return inputs[0] == labels[0] and len(sizes) <= 1


def _is_batch_of_inputs(given: Any) -> bool:
    spec = given.element_spec
    spec = spec[0] if isinstance(spec, tuple) else spec
    spec = next(iter(spec.values())) if isinstance(spec, dict) else spec
    rank = spec.shape.rank or 0
    if spec.dtype.name == "string":
        return bool(rank)
    return rank > _COLOUR or (rank == _COLOUR and spec.shape[-1] not in _CHANNELS)


def _refuse_endless(given: Any, called: str) -> None:
    if isinstance(given, Iterator):
        name = type(given).__name__
        raise UsageError(
            f"{called} is a {name}, which can be read once and may be endless",
            "give arrays (x, y), or a keras.utils.PyDataset or tf.data.Dataset that ends",
        )
    if _is_py_dataset(given):
        if given.num_batches is None:
            raise UsageError(
                f"{called}: the {type(given).__name__} is endless", "return the number of batches from __len__"
            )
        return
    import tensorflow as tf

    if given.cardinality() == tf.data.INFINITE_CARDINALITY:
        fix = "remove repeat(), or add take(count)"
        raise UsageError(f"{called}: the tf.data.Dataset is endless", fix)


def _refuse_random(given: Any, called: str) -> None:
    """Refuse random operations, which two readings do not reveal if their seed is fixed."""
    if _is_stream(given) and (found := random_operation(given)):
        raise DataError(f"{called}: the tf.data.Dataset has a random operation, {found}", _FIX_RANDOM)


def _count(given: Any) -> int:
    """Return the number of elements; 0 if it is unknown before reading."""
    if _is_py_dataset(given):
        return int(given.num_batches)
    return max(0, int(given.cardinality()))


def _is_stream(given: Any) -> bool:
    return hasattr(type(given), "element_spec") and hasattr(type(given), "as_numpy_iterator")


def _is_py_dataset(given: Any) -> bool:
    keras = sys.modules.get("keras")  # whoever gives one has imported it
    return keras is not None and isinstance(given, keras.utils.PyDataset)


def is_data_set(given: Any) -> bool:
    """Return whether an object is a data set of TensorFlow or Keras."""
    return _is_stream(given) or _is_py_dataset(given)


def input_elements(given: Any, options: Mapping[str, str], called: str) -> Iterator[Any]:
    """Yield the inputs of each element of a finite data set, batched or not, without labels; read it once.

    ``options`` may name the key of dicts (``text``, ``image``). Raises UsageError for a data set that does not end.
    """
    _refuse_endless(given, called)
    unlabelled = {**options, "labels": "none"}
    for element in _elements(given):
        yield _parts(element, called, unlabelled)[0]
