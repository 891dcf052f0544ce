"""Raw inputs and sizes at the edges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import EntryError
from tlzoo.registry import ImageInput
from tlzoo.testing.checks.backbone.loading import loads
from tlzoo.testing.checks.backbone.stages import every_variable_in_one_stage
from tlzoo.testing.inputs import odd_inputs
from tlzoo.testing.outcome import CheckFailedError, SkippedError, expect
from tlzoo.testing.session import check

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.testing.subject import BackboneSubject

__all__ = ["odd_inputs_are_prepared", "size_below_smallest_is_refused", "smallest_size_works"]

_RANK_OF_IMAGES = 3
_WHITE = 255


@check(loads)
def odd_inputs_are_prepared(subject: BackboneSubject) -> None:
    """Prove that ``prepare``, traced, takes raw inputs at the edges to samples of one shape and range."""
    preprocessing = subject.backbone.preprocessing
    for raw in odd_inputs(subject.entry):
        what = f"prepare, given {_named(raw)}"
        sample = next(iter(_stream(raw).map(preprocessing.prepare))).numpy()
        came = (np.shape(sample), "string" if isinstance(sample, bytes) else str(np.asarray(sample).dtype))
        said = (preprocessing.shape, preprocessing.dtype)
        expect(came == said, f"{what}: {came[1]} {came[0]} came out, the loader says {said[1]} {said[0]}")
        if isinstance(subject.entry.input, ImageInput):
            low, high = float(np.min(sample)), float(np.max(sample))
            expect(0 <= low <= high <= _WHITE, f"{what}: values from {low:g} to {high:g}; a sample is still in 0..255")


@check(odd_inputs_are_prepared)
def smallest_size_works(subject: BackboneSubject) -> None:
    """Prove that a backbone loaded for the smallest declared image size gives finite features."""
    smallest = _smallest(subject)
    if smallest is None:
        raise SkippedError("the entry takes images of its own size only")
    backbone = subject.load(image_size=smallest)
    shape = backbone.preprocessing.shape[:2]
    expect(shape == smallest, f"asked for images of {_by(smallest)}, the loader prepares {_by(shape)}")
    for output in subject.outputs(backbone):
        expect(np.isfinite(output).all(), f"at {_by(smallest)} its output has values that are not finite")


@check(loads, every_variable_in_one_stage)
def size_below_smallest_is_refused(subject: BackboneSubject) -> None:
    """Prove that a pixel less than the smallest size (any other size, where none is declared) raises EntryError."""
    from tlzoo.backbones import LoadRequest, load_backbone

    for size in _refused(subject):
        try:
            load_backbone(subject.entry, LoadRequest(weights=subject.weights, image_size=size))
        except EntryError:
            continue
        except Exception as error:
            raise CheckFailedError(f"{_by(size)} raised {type(error).__name__}, not EntryError: {error}") from error
        raise CheckFailedError(f"images of {_by(size)} were taken, although the registry rules them out")


def _smallest(subject: BackboneSubject) -> tuple[int, int] | None:
    if not isinstance(subject.entry.input, ImageInput):
        raise SkippedError(f"it takes {subject.entry.modality}: there is no image size")
    return subject.entry.input.smallest


def _refused(subject: BackboneSubject) -> Iterator[tuple[int, int]]:
    smallest = _smallest(subject)
    if smallest is not None:
        yield from ((smallest[0] - 1, smallest[1]), (smallest[0], smallest[1] - 1))
    elif isinstance(subject.entry.input, ImageInput):
        height, width = subject.entry.input.size
        yield from ((height - 1, width), (height, width + 1))


def _stream(raw: Any) -> tf.data.Dataset:
    """Return a pipeline of one input whose height and width are not known when it is traced."""
    import tensorflow as tf

    if isinstance(raw, str):
        return tf.data.Dataset.from_tensors(tf.constant(raw))
    array = np.asarray(raw)
    unknown = array.ndim == _RANK_OF_IMAGES and array.dtype == np.uint8
    shape = (None, None, array.shape[2]) if unknown else array.shape
    return tf.data.Dataset.from_generator(lambda: iter([array]), output_signature=tf.TensorSpec(shape, array.dtype))


def _named(raw: Any) -> str:
    return f"{raw[:20]!r}" if isinstance(raw, str) else f"{raw.dtype} {raw.shape}"


def _by(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size))
