"""The loader of a backbone without a network, with its input as features."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.backbones.contract import Backbone, LoadRequest, Preprocessing
from tlzoo.backbones.features import Vector
from tlzoo.backbones.loading import load_digest
from tlzoo.backbones.stages import stages_by_layers

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["load_identity"]

_COLUMNS = 8
"""Default number of columns, if neither the data nor the entry declares it."""


def load_identity(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return rows of numbers as features: float32 (batch, columns), as many columns as the data have.

    It has no variables to train. It uses float32 under every precision, because numbers may be of any size.
    """
    import keras

    (size,) = request.input_shape or (entry.input.columns or _COLUMNS,)
    rows = keras.Input((size,), name="numbers")
    model = keras.Model(rows, keras.layers.Identity(dtype="float32", name="columns")(rows), name="identity")
    return Backbone(
        model=model,
        preprocessing=Preprocessing(
            _as_it_is, keras.layers.Identity(dtype="float32", name="unscaled"), (size,), "float32"
        ),
        stages=stages_by_layers(model, [("columns", "columns")]),
        features=Vector(size),
        digest=load_digest(entry, files, request),
    )


def _as_it_is(row: Any) -> Any:
    return row
