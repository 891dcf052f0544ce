"""What the registry and the loader declare, against what the backbone is."""

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
    """Prove that the loaded backbone's input is as the entry's contract declares, as far as the modality can tell."""
    modality = require_modality(subject.entry.modality)
    ready = subject.ready(subject.backbone)
    problems = list(modality.contract_problems(subject.entry.input, subject.backbone, ready))
    expect(not problems, "; ".join(problems))


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
