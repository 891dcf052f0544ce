"""A contact sheet: one row per sample, with the original and its versions."""

from __future__ import annotations

import numpy as np

__all__ = ["contact_sheet"]

_GAP = 4
_SMALLEST = 96
_COLOUR = 3


def contact_sheet(samples: np.ndarray, versions: np.ndarray) -> np.ndarray:
    """Return uint8 (height, width, 3): a row for each sample, its versions to the right of a wider gap.

    ``samples`` are (N, h, w, channels) and ``versions`` (V, N, h, w, channels), in 0..255. Small images are enlarged
    with repeated pixels; of other than one or three channels, the first is shown.
    """
    times = max(1, -(-_SMALLEST // max(samples.shape[1:3])))
    columns = [samples, *versions]
    height, width = samples.shape[1] * times, samples.shape[2] * times
    shape = (len(samples) * (height + _GAP) + _GAP, len(columns) * (width + _GAP) + 4 * _GAP, 3)
    sheet = np.full(shape, 255, np.uint8)
    for column, tiles in enumerate(columns):
        left = _GAP + column * (width + _GAP) + (3 * _GAP if column else 0)
        for row, tile in enumerate(tiles):
            top = _GAP + row * (height + _GAP)
            sheet[top : top + height, left : left + width] = _shown(tile, times)
    return sheet


def _shown(tile: np.ndarray, times: int) -> np.ndarray:
    three = tile if tile.shape[-1] == _COLOUR else np.repeat(tile[..., :1], _COLOUR, axis=-1)
    pixels: np.ndarray = np.rint(np.clip(three, 0, 255)).astype(np.uint8)
    return pixels.repeat(times, axis=0).repeat(times, axis=1)
