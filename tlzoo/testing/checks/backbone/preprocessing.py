"""Checks of raw inputs and sizes in edge cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import EntryError
from tlzoo.modalities import require_modality
from tlzoo.testing.checks.backbone.loading import loads
from tlzoo.testing.checks.backbone.stages import every_variable_in_one_stage
from tlzoo.testing.inputs import odd_inputs
from tlzoo.testing.outcome import CheckFailedError, SkippedError, expect
from tlzoo.testing.session import check

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.modalities import Modality
    from tlzoo.testing.subject import BackboneSubject

__all__ = ["odd_inputs_are_prepared", "size_below_smallest_is_refused", "smallest_size_works"]


@check(loads)
def odd_inputs_are_prepared(subject: BackboneSubject) -> None:
    """Check that traced ``prepare`` maps raw inputs in edge cases to samples of one shape and range."""
    preprocessing, modality = subject.backbone.preprocessing, require_modality(subject.entry.modality)
    for signature, raws in _by_signature(modality, odd_inputs(subject.entry)).items():
        samples = _stream(signature, raws).map(preprocessing.prepare).as_numpy_iterator()
        for raw, sample in zip(raws, samples, strict=True):
            what = f"prepare with {_named(raw)}"
            came = (np.shape(sample), "string" if isinstance(sample, bytes) else str(np.asarray(sample).dtype))
            said = (preprocessing.shape, preprocessing.dtype)
            expect(came == said, f"{what}: returned {came[1]} {came[0]}, but the loader declares {said[1]} {said[0]}")
            problem = modality.sample_problem(sample)
            expect(problem is None, f"{what}: {problem}")


@check(odd_inputs_are_prepared)
def smallest_size_works(subject: BackboneSubject) -> None:
    """Check that a backbone loaded for the smallest declared input gives finite features."""
    smallest = require_modality(subject.entry.modality).smallest_request(subject.entry.input)
    if smallest is None:
        raise SkippedError("the entry supports only its own input size")
    backbone = subject.load(**smallest)
    asked, shape = smallest.get("image_size"), backbone.preprocessing.shape[:2]
    expect(asked in {None, shape}, f"requested {_said(smallest)}, but the loader prepares {shape}")
    for output in subject.outputs(backbone):
        expect(np.isfinite(output).all(), f"at {_said(smallest)} the output has values that are not finite")


@check(loads, every_variable_in_one_stage)
def size_below_smallest_is_refused(subject: BackboneSubject) -> None:
    """Check that an input below the smallest size (or of any other size, if none is declared) raises EntryError."""
    from tlzoo.backbones import LoadRequest, load_backbone

    refused = require_modality(subject.entry.modality).refused_requests(subject.entry.input)
    if not refused:
        raise SkippedError(f"inputs of {subject.entry.modality} have no size")
    for fields in refused:
        try:
            load_backbone(subject.entry, LoadRequest(weights=subject.weights, **fields))
        except EntryError:
            continue
        except Exception as error:
            what = f"{_said(fields)} raised {type(error).__name__}, not EntryError: {error}"
            raise CheckFailedError(what) from error
        raise CheckFailedError(f"{_said(fields)} was accepted, although the registry excludes it")


def _by_signature(modality: Modality, raws: Sequence[Any]) -> dict[tf.TensorSpec, list[Any]]:
    """Group inputs that one pipeline can hold; sizes that vary between inputs are unknown during tracing."""
    import tensorflow as tf

    groups: dict[tf.TensorSpec, list[Any]] = {}
    for raw in raws:
        if isinstance(raw, str):
            groups.setdefault(tf.TensorSpec((), tf.string), []).append(raw)
        else:
            array = np.asarray(raw)
            groups.setdefault(tf.TensorSpec(modality.unknown_shape(array), array.dtype), []).append(array)
    return groups


def _stream(signature: tf.TensorSpec, raws: list[Any]) -> tf.data.Dataset:
    import tensorflow as tf

    return tf.data.Dataset.from_generator(lambda: iter(raws), output_signature=signature)


def _named(raw: Any) -> str:
    return f"{raw[:20]!r}" if isinstance(raw, str) else f"{raw.dtype} {raw.shape}"


def _said(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in fields.items())
