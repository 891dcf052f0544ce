"""MixUp (Zhang et al. 2017, arXiv 1710.09412) and CutMix (Yun et al. 2019, arXiv 1905.04899): pairs of a batch.

If both are on, each batch draws one of them. Keras's layers draw from one state, batch after batch; a resume within
an epoch could not draw the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.modalities.augmentation.pairing import Pairing

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.modalities.vision.augmentation.options import ImageAugmentation

__all__ = ["mixed", "pairing"]


def pairing(
    draw: np.random.Generator, batch: int, options: ImageAugmentation, height: int, width: int
) -> Pairing | None:
    """Draw the pairs of a batch; None if neither MixUp nor CutMix is on."""
    if not (options.mixup or options.cutmix):
        return None
    cuts = not options.mixup or (bool(options.cutmix) and bool(draw.random() < 0.5))  # noqa: PLR2004 - half of them
    partners = draw.permutation(batch)
    alpha = options.cutmix if cuts else options.mixup
    shares = draw.beta(alpha, alpha, batch)
    if not cuts:
        return Pairing(partners, shares.astype(np.float32), None)
    sides = np.sqrt(1 - shares)[:, np.newaxis] * (height, width) / 2
    middles = draw.random((batch, 2)) * (height, width)
    corners = np.concatenate([middles - sides, middles + sides], axis=1)
    boxes = np.rint(np.clip(corners, 0, [height, width, height, width])).astype(np.int32)
    taken = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) / (height * width)
    return Pairing(partners, (1 - taken).astype(np.float32), boxes)


def mixed(images: tf.Tensor, pairs: Pairing) -> tf.Tensor:
    """Return images (batch, height, width, channels) mixed with their partners."""
    import tensorflow as tf

    others = tf.gather(images, pairs.partners)
    if pairs.boxes is None:
        shares = tf.constant(pairs.shares[:, np.newaxis, np.newaxis, np.newaxis])
        return shares * images + (1 - shares) * others
    inside = tf.constant(_inside(pairs.boxes, *images.shape[1:3]), images.dtype)
    return (1 - inside) * images + inside * others


def _inside(boxes: np.ndarray, height: Any, width: Any) -> np.ndarray:
    """Return bool (batch, height, width, 1): whether a pixel is in the box."""
    rows, across = np.arange(height)[np.newaxis, :], np.arange(width)[np.newaxis, :]
    vertical = (rows >= boxes[:, :1]) & (rows < boxes[:, 2:3])
    horizontal = (across >= boxes[:, 1:2]) & (across < boxes[:, 3:])
    within: np.ndarray = (vertical[:, :, np.newaxis] & horizontal[:, np.newaxis, :])[..., np.newaxis]
    return within
