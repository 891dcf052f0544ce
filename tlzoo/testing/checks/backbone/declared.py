"""What the registry and the loader declare, against what the backbone is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.registry import ImageInput, ObservationInput
from tlzoo.testing.checks.backbone.loading import loads
from tlzoo.testing.outcome import SkippedError, expect
from tlzoo.testing.session import check
from tlzoo.testing.subject import BackboneSubject
from tlzoo.testing.tensors import as_arrays

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.backbones import Features as LoadedFeatures

__all__ = ["features_as_declared", "figures_as_measured", "input_as_declared"]

_CLOSE = 1e-3


@check(loads)
def features_as_declared(subject: BackboneSubject) -> None:
    """Prove that the features are of the kind, shape and pooling that registry and loader say."""
    features, declared = subject.backbone.features, subject.entry.features
    kind, shape = _kind_and_shape(features)
    expect(kind == declared.kind, f"features.kind is {declared.kind!r} in the registry, {kind!r} by the loader")
    came = tuple(subject.expected[0].shape[1:])
    expect(came == shape, f"the loader says features of {shape}; the model gives {came}")
    if kind == "sequence":
        expect(len(subject.expected) > 1, "a sequence comes with its mask as a second output; there is none")
        mask = tuple(subject.expected[1].shape[1:])
        expect(mask == shape[:1], f"the mask of a sequence of {shape} is {shape[:1]}; the model gives {mask}")
    expect(declared.shape in {None, shape}, f"features.shape is {declared.shape} in the registry, {shape} by the model")
    pooling = getattr(features, "pooling", "none")
    expect(
        declared.pooling in {"none", pooling},
        f"features.pooling is {declared.pooling!r} in the registry, {pooling!r} by the loader",
    )


@check(loads)
def input_as_declared(subject: BackboneSubject) -> None:
    """Prove that samples have the declared size, and images after ``normalize`` the declared range."""
    contract, preprocessing = subject.entry.input, subject.backbone.preprocessing
    if isinstance(contract, ImageInput):
        size = (*contract.size, contract.channels)
        expect(preprocessing.shape == size, f"input is {size} in the registry, {preprocessing.shape} by the loader")
        _expect_range(contract, subject.backbone)
    elif isinstance(contract, ObservationInput):
        expect(
            preprocessing.shape == contract.shape,
            f"input.shape is {contract.shape} in the registry, {preprocessing.shape} by the loader",
        )
    else:
        shapes = [tuple(each.shape[1:]) for each in as_arrays(subject.ready(subject.backbone))]
        length = contract.sequence_length
        told = length is not None
        expect(
            not told or (length,) in shapes,
            f"input.sequence_length is {length} in the registry; the model takes {shapes}",
        )


@check(loads)
def figures_as_measured(subject: BackboneSubject) -> None:
    """Prove that the registry's measured figures (parameters, FLOPs, feature shape) are those of the model."""
    from tlzoo.zoo.benching.static_figures import measure_backbone

    declared = subject.entry.measured
    if declared is None:
        raise SkippedError("the registry has no measured figures for this entry")
    measured = measure_backbone(subject.backbone)
    for name in ("parameters", "flops", "feature_shape"):
        said, is_ = getattr(declared, name), getattr(measured, name)
        expect(said is None or said == is_, f"measured.{name} is {said} in the registry, {is_} by the model")


def _kind_and_shape(features: LoadedFeatures) -> tuple[str, tuple[int, ...]]:
    from tlzoo.backbones import FeatureMap, Sequence

    match features:
        case FeatureMap(height, width, channels):
            return "map", (height, width, channels)
        case Sequence(length, size):
            return "sequence", (length, size)
    return "vector", (features.size,)


def _expect_range(contract: ImageInput, backbone: Backbone) -> None:
    """Compare channels in sorted order: the registry does not say whether mean and std come before or after BGR."""
    import tensorflow as tf

    mean = np.array(contract.mean or (0.0,) * contract.channels)
    std = np.array(contract.std or (1.0,) * contract.channels)
    for value, end in ((0.0, contract.range[0]), (255.0, contract.range[1])):
        samples = tf.fill((1, *backbone.preprocessing.shape), value)
        came = np.sort(as_arrays(backbone.preprocessing.normalize(samples))[0][0, 0, 0])
        said = np.sort((end - mean) / std)
        agrees = came.shape == said.shape and np.allclose(came, said, rtol=_CLOSE, atol=_CLOSE)
        expect(agrees, f"a pixel of {value:.0f} should become {_list(said)} by the registry; it becomes {_list(came)}")


def _list(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
