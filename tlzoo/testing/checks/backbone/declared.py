"""Checks of the declarations in the registry and loader against the backbone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.modalities import require_modality
from tlzoo.testing.checks.backbone.loading import loads
from tlzoo.testing.outcome import SkippedError, expect
from tlzoo.testing.session import check
from tlzoo.testing.subject import BackboneSubject

if TYPE_CHECKING:
    from tlzoo.backbones import Features as LoadedFeatures

__all__ = ["features_as_declared", "figures_as_measured", "input_as_declared"]


@check(loads)
def features_as_declared(subject: BackboneSubject) -> None:
    """Check that features have the kind, shape and pooling declared by registry and loader."""
    features, declared = subject.backbone.features, subject.entry.features
    kind, shape = _kind_and_shape(features)
    expect(kind == declared.kind, f"features.kind is {declared.kind!r} in the registry, {kind!r} in the loader")
    came = tuple(subject.expected[0].shape[1:])
    expect(came == shape, f"the loader declares features of shape {shape}, but the model returns {came}")
    if kind == "sequence":
        expect(len(subject.expected) > 1, "a sequence needs its mask as a second output, which is missing")
        mask = tuple(subject.expected[1].shape[1:])
        expect(
            mask == shape[:1],
            f"the mask of a sequence of shape {shape} must have shape {shape[:1]}, but the model returns {mask}",
        )
    expect(declared.shape in {None, shape}, f"features.shape is {declared.shape} in the registry, {shape} in the model")
    pooling = getattr(features, "pooling", "none")
    expect(
        declared.pooling in {"none", pooling},
        f"features.pooling is {declared.pooling!r} in the registry, {pooling!r} in the loader",
    )


@check(loads)
def input_as_declared(subject: BackboneSubject) -> None:
    """Check that the loaded backbone's input matches the entry's input contract, as far as the modality can tell."""
    modality = require_modality(subject.entry.modality)
    ready = subject.ready(subject.backbone)
    problems = list(modality.contract_problems(subject.entry.input, subject.backbone, ready))
    expect(not problems, "; ".join(problems))


@check(loads)
def figures_as_measured(subject: BackboneSubject) -> None:
    """Check that the measured values in the registry (parameters, FLOPs, feature shape) match the model."""
    from tlzoo.zoo.benching.static_figures import measure_backbone

    declared = subject.entry.measured
    if declared is None:
        raise SkippedError("the registry has no measured values for this entry")
    measured = measure_backbone(subject.backbone)
    for name in ("parameters", "flops", "feature_shape"):
        said, is_ = getattr(declared, name), getattr(measured, name)
        expect(said is None or said == is_, f"measured.{name} is {said} in the registry, {is_} in the model")


def _kind_and_shape(features: LoadedFeatures) -> tuple[str, tuple[int, ...]]:
    from tlzoo.backbones import FeatureMap, Sequence

    match features:
        case FeatureMap(height, width, channels):
            return "map", (height, width, channels)
        case Sequence(length, size):
            return "sequence", (length, size)
    return "vector", (features.size,)
