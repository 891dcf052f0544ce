"""Check of a backbone's declared features against its model's outputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tlzoo.backbones.features import FeatureMap, Sequence, Vector
from tlzoo.errors import EntryError

if TYPE_CHECKING:
    from tlzoo.backbones.contract import Backbone

__all__ = ["check_outputs"]

Shape = tuple[int | None, ...]


def check_outputs(entry_id: str, backbone: Backbone) -> None:
    """Raise EntryError if the features declared by a loader differ from the outputs of its model.

    An unknown size of the model, such as an image's height, matches any declared size.
    """
    given = [tuple(output.shape) for output in backbone.model.outputs]
    wanted = list(_shapes(backbone))
    if len(given) < len(wanted) or not all(map(_fits, given, wanted)):
        raise EntryError(
            f"{entry_id}: its loader declares {backbone.features}, but its model's outputs have the "
            f"shapes {', '.join(map(_said, given))} instead of {', '.join(map(_said, wanted))}",
            "declare the sizes of the model as `features`",
        )


def _shapes(backbone: Backbone) -> Iterator[Shape]:
    match backbone.features:
        case Vector(size):
            yield (None, size)
        case FeatureMap(height, width, channels):
            yield (None, height, width, channels)
        case Sequence(length, size, pooling):
            yield (None, length, size)
            yield (None, length)
            if pooling == "pooler":
                yield (None, size)


def _fits(given: Shape, wanted: Shape) -> bool:
    if len(given) != len(wanted):
        return False
    sizes = zip(given[1:], wanted[1:], strict=True)  # without the batch
    return all(mine is None or asked is None or mine == asked for mine, asked in sizes)


def _said(shape: Shape) -> str:
    return f"({', '.join('N' if size is None else str(size) for size in shape)})"
