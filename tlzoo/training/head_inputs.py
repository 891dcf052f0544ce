"""Inputs of a head from the features of a backbone: a vector, a map, a sequence or a pyramid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tlzoo.backbones import FeatureMap, Sequence, Vector, pool, pooled_size
from tlzoo.errors import UsageError, did_you_mean
from tlzoo.heads import Level, MapShape, SequenceShape, check_suits

if TYPE_CHECKING:
    from keras import KerasTensor

    from tlzoo.backbones import Backbone, Stage
    from tlzoo.heads import Head

__all__ = ["HeadInputs", "head_inputs", "stage_features"]

_MAP_RANK = 4


@dataclass(frozen=True, slots=True)
class HeadInputs:
    """Inputs of a head.

    ``tensors`` are symbolic tensors of the backbone's model, in the order of the head's inputs. ``shape`` is what
    ``Head.build`` is given. ``stages`` are the positions of the stages that the tensors leave: the last but for a
    pyramid.
    """

    tensors: tuple[KerasTensor, ...]
    shape: Any
    stages: tuple[int, ...]


def head_inputs(backbone: Backbone, head: Head) -> HeadInputs:
    """Return the features of a backbone in the form of a head's inputs, with parameter-free layers if necessary.

    Raises:
        UsageError: If the backbone does not have such features.
    """
    features, outputs = backbone.features, list(backbone.model.outputs)
    check_suits(head, _kind(backbone), backbone.model.name)
    last = (len(backbone.stages) - 1,)
    match head.takes:
        case "vector":
            return HeadInputs((pool(features, outputs, head.pooling),), pooled_size(features, head.pooling), last)
        case "map":
            return HeadInputs((outputs[0],), _map_shape(outputs[0]), last)
        case "sequence":
            tensors, masked = _sequence(backbone)
            length, size = tensors[0].shape[1:]
            return HeadInputs(tensors, SequenceShape(length, size, masked), last)
    return _pyramid(backbone, head)


def stage_features(backbone: Backbone, name: str) -> KerasTensor:
    """Return the features of a stage, (batch, …); the last tensor if there are several.

    Raises:
        UsageError: For a stage that the backbone does not have or that cannot be cut.
    """
    stage = backbone.stage(name)
    if stage is backbone.stages[-1]:
        return backbone.model.outputs[0]
    found = [each for each in stage.cut or () if len(each.shape) > 1 and "float" in str(each.dtype)]
    if not found:
        raise UsageError(f"stage {name!r} has no usable features", "use a stage where the backbone can be cut")
    return found[-1]


def _kind(backbone: Backbone) -> Literal["vector", "map", "sequence"]:
    match backbone.features:
        case Vector():
            return "vector"
        case FeatureMap():
            return "map"
    return "sequence"


def _map_shape(tensor: KerasTensor) -> MapShape:
    return MapShape(*tensor.shape[1:])


def _sequence(backbone: Backbone) -> tuple[tuple[KerasTensor, ...], bool]:
    """Return tokens and mask, or the cells of a map, row by row."""
    from keras import layers

    outputs = list(backbone.model.outputs)
    if isinstance(backbone.features, Sequence):
        return tuple(outputs[:2]), True
    channels = outputs[0].shape[-1]
    return (layers.Reshape((-1, channels), name="cells")(outputs[0]),), False


def _pyramid(backbone: Backbone, head: Head) -> HeadInputs:
    maps = {stage.name: tensor for stage in backbone.stages if (tensor := _map_of(backbone, stage)) is not None}
    wanted = head.wanted_levels(tuple(Level(name, _map_shape(tensor)) for name, tensor in maps.items()))
    if len(maps) == 1:
        raise UsageError(
            f"the head {head.name!r} needs the maps of several stages, but {backbone.model.name} only has its last map "
            "alone",
            "use a head for the last map or its average, or a backbone that can be cut",
        )
    if not wanted:
        raise UsageError(f"the head {head.name!r} has no option stage", f"stages with a map: {', '.join(maps)}")
    for name in wanted:
        backbone.stage(name)
        if name not in maps:
            raise UsageError(
                f"the head {head.name!r} needs the map of stage {name!r}, which has none",
                did_you_mean(name, maps, valid="stages with a map"),
            )
    positions = [position for position, stage in enumerate(backbone.stages) if stage.name in wanted]
    names = [backbone.stages[position].name for position in positions]
    levels = tuple(Level(name, _map_shape(maps[name])) for name in names)
    return HeadInputs(tuple(maps[name] for name in names), levels, tuple(positions))


def _map_of(backbone: Backbone, stage: Stage) -> KerasTensor | None:
    """Return the last map of a stage; None if it has none or cannot be cut."""
    if stage is backbone.stages[-1]:
        return backbone.model.outputs[0]
    maps = [each for each in stage.cut or () if len(each.shape) == _MAP_RANK and "float" in str(each.dtype)]
    return maps[-1] if maps else None
