"""Near duplicates of images: scaled, encoded again, or slightly brighter.

The perceptual hash of an image is the signs of its 63 lowest frequencies relative to their median, from a grey
thumbnail of 32 x 32 (discrete cosine transform; Zauner 2010, section 3.2.1). Copies differ in a few of the 64 bits,
other images in about half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.duplicates.clusters import candidate_pairs, connected_sets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tlzoo.data.duplicates.clusters import Cluster

NEAR = 4
NO_HASH = 0
"""The hash of an image too small or too uniform to be distinguished from similar ones."""

_SIDE = 32
_LOW = 8
_PLAIN = 2.0
_LARGE = 96


def perceptual_hash(image: NDArray[np.uint8]) -> int:
    """Return the hash of an image, uint8 (height, width, 1 or 3): 64 bits; ``NO_HASH`` for a small or uniform one."""
    from scipy.fft import dctn

    if min(image.shape[:2]) < _SIDE:
        return NO_HASH
    grey = _thumbnail(image)
    if float(grey.std()) < _PLAIN:
        return NO_HASH
    low = dctn(grey, norm="ortho")[:_LOW, :_LOW].reshape(-1)
    bits = low > np.median(low[1:])
    bits[0] = True  # the mean has no information; a set bit differs from NO_HASH
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def near_images(hashes: NDArray[np.uint64]) -> list[Cluster]:
    """Return sets of positions of images whose hashes (N,) differ in at most four bits, in the order of their first.

    Of five pieces of two such hashes at least one is equal: these are the candidates.
    """
    known = np.flatnonzero(hashes != NO_HASH)
    edges = np.linspace(0, 64, NEAR + 2).astype(int)
    keys = [
        (hashes[known] >> np.uint64(begin)) & np.uint64(2 ** (end - begin) - 1)
        for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
    pairs = known[candidate_pairs(keys)]
    different = hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]
    bits = np.unpackbits(different.view(np.uint8).reshape(-1, 8), axis=1).sum(axis=1)
    return connected_sets(len(hashes), pairs[bits <= NEAR])


def _thumbnail(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return an image in grey, (32, 32), 0 to 255; for a large one, from some of its pixels."""
    from PIL import Image

    step = max(1, min(image.shape[:2]) // _LARGE)
    some = image[::step, ::step]
    picture = Image.fromarray(some[..., 0] if some.shape[-1] == 1 else some).convert("L")
    return np.asarray(picture.resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float64)
