"""EfficientNet (Tan and Le 2019, arXiv 1905.11946, table 1): stem, seven stages of MBConv blocks, last convolution."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from .boundaries import Boundaries, Table

if TYPE_CHECKING:
    import keras

__all__ = ["STAGES", "normalize_as_published"]

_REPEATS = (1, 2, 2, 3, 3, 4, 1)

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


def _stages(depth: float) -> Boundaries:
    repeats = [ceil(depth * each) for each in _REPEATS]
    return [
        ("stem", "stem_activation"),
        *((f"block{i}", _last_of(i, count)) for i, count in enumerate(repeats, start=1)),
        ("last", "top_activation"),
    ]


def _last_of(block: int, count: int) -> str:
    """Return the last layer of a stage: an addition, unless its only block has no shortcut."""
    return f"block{block}{chr(ord('a') + count - 1)}_{'add' if count > 1 else 'project_bn'}"


STAGES: Table = {
    "EfficientNetB0": _stages(1.0),
    "EfficientNetB1": _stages(1.1),
    "EfficientNetB2": _stages(1.2),
    "EfficientNetB3": _stages(1.4),
    "EfficientNetB4": _stages(1.8),
    "EfficientNetB5": _stages(2.2),
    "EfficientNetB6": _stages(2.6),
    "EfficientNetB7": _stages(3.1),
}


def normalize_as_published(model: keras.Model, *, pretrained: bool) -> None:
    """Normalize the network's input as in the published one.

    The published files contain deviations, but Keras's layer takes variances. Keras corrects this by another layer,
    which divides by their root, only with ``weights="imagenet"``. Here the root is included in the variances. With
    random weights the layer would not normalize, so it gets the mean and the variance of ImageNet.
    """
    from keras.layers import Normalization

    (layer,) = (each for each in model.layers if isinstance(each, Normalization))
    if pretrained:
        layer.adapt_variance.assign(layer.adapt_variance * _DEVIATION)
    else:
        layer.adapt_mean.assign(_MEAN)
        layer.adapt_variance.assign([each**2 for each in _DEVIATION])
    layer.finalize_state()
