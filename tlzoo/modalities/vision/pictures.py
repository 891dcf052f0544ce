"""Images in one array in memory."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data.streams import stream_of
from tlzoo.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import tensorflow as tf

    from tlzoo.data.contract import Array, Digests


_CHANNELS = (1, 3)
_GREY, _COLOUR = 2, 4
_BRIGHTEST = 255.0
_AT_ONCE = 256


class ArrayPictures:
    """Images of one size: uint8 (N, height, width, 1 or 3), in 0..255."""

    modality = "vision"

    def __init__(
        self, title: str, images: np.ndarray[Any, np.dtype[np.uint8]], input_maximum: float | None = None
    ) -> None:
        """Take images, their title in reports, and the value of white in the floating-point images that they were."""
        self._title = title
        self.input_maximum = input_maximum
        self._images = np.ascontiguousarray(images)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._images)

    def name(self, index: int) -> str:
        """Return a name such as ``digits[12]``."""
        return f"{self._title}[{index}]"

    def stream(self, indices: Array) -> tf.data.Dataset:
        """Return the images at ``indices``, in that order: uint8 (height, width, 1 or 3)."""
        import tensorflow as tf

        tensor = self._tensor  # created here: in the map it would belong to the map's graph
        return stream_of(np.asarray(indices, np.int64)).map(lambda index: tf.gather(tensor, index))

    def digests(self) -> Digests:
        """Return the SHA-256 of every image's shape and values: uint8 (N, 32)."""
        shape = repr(self._images.shape[1:]).encode()
        rows = b"".join(hashlib.sha256(shape + image.tobytes()).digest() for image in self._images)
        return np.frombuffer(rows, np.uint8).reshape(-1, 32)

    @property
    def shapes(self) -> Array:
        """Height, width and channels: int64 (N, 3)."""
        return np.tile(np.asarray(self._images.shape[1:], np.int64), (len(self), 1))

    @property
    def formats(self) -> Mapping[str, int]:
        """The format of all: ``array``."""
        return {"array": len(self)} if len(self) else {}

    @cached_property
    def hashes(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
        """A perceptual hash of each image, uint64 (N,); 0 for images with a side under 32 pixels."""
        from tlzoo.modalities.vision.near_duplicates import perceptual_hash

        return np.array([perceptual_hash(image) for image in self._images], np.uint64)

    @cached_property
    def _tensor(self) -> tf.Tensor:
        import tensorflow as tf

        with tf.device("CPU:0"):
            return tf.constant(self._images)


def pictures_of(title: str, parts: Sequence[np.ndarray[Any, Any]], where: str) -> ArrayPictures:
    """Return the images of all parts, one after the other.

    Parts are (N, height, width) or (N, height, width, 1 or 3). Integers have values 0 to 255. Floating point with
    values up to 1 in all parts is scaled from 0 to 1; otherwise it must be 0 to 255 and is rounded. A single part of
    uint8 is not copied. ``where`` is the start of error messages. Raises DataError for other shapes, types and values.
    """
    _check_shapes([part.shape for part in parts], where)
    images = [part if part.ndim == _COLOUR else part[..., np.newaxis] for part in parts]
    dtype = np.result_type(*images)
    if dtype.kind not in "iufb":
        raise DataError(f"{where}: images are of type {dtype}", "pass numbers in 0..255 or 0..1")
    scale = scale_of([part for part in images if part.size], dtype, where)
    if len(images) > 1:
        refuse_mixed_scales(images, where)
    if len(images) == 1 and dtype == np.uint8:
        return ArrayPictures(title, images[0])
    pixels = np.empty((sum(map(len, images)), *images[0].shape[1:]), np.uint8)
    filled = 0
    for part in images:
        for begin in range(0, len(part), _AT_ONCE):
            some = part[begin : begin + _AT_ONCE]
            pixels[filled : filled + len(some)] = np.rint(some * scale) if dtype.kind == "f" else some * np.uint8(scale)
            filled += len(some)
    return ArrayPictures(title, pixels, input_maximum_of(dtype, scale))


def input_maximum_of(dtype: np.dtype[Any], scale: float) -> float | None:
    """Return the value of white in floating-point images; None for other types, whose range is fixed."""
    return _BRIGHTEST / scale if dtype.kind == "f" else None


def _check_shapes(shapes: Sequence[tuple[int, ...]], where: str) -> None:
    sizes = {shape[1:] for shape in shapes}
    size = next(iter(sizes))
    if len(sizes) > 1 or not (len(size) == _GREY or (len(size) == _COLOUR - 1 and size[-1] in _CHANNELS)):
        forms = "(N, height, width) or (N, height, width, 1 or 3), the same size in all parts"
        is_channels_first = len(sizes) == 1 and len(size) == _COLOUR - 1 and size[0] in _CHANNELS
        fix = "channels come last: use images.transpose(0, 2, 3, 1)" if is_channels_first else f"pass {forms}"
        raise DataError(f"{where}: images have the shapes {list(shapes)}", fix)


def scale_of(parts: Sequence[np.ndarray[Any, Any]], dtype: np.dtype[Any], where: str) -> float:
    """Return the scale factor of images. Raises DataError for values that are not pixels."""
    if dtype == np.uint8 or not parts:
        return 1.0
    if dtype.kind == "b":
        return _BRIGHTEST
    low, high = min(part.min() for part in parts), max(part.max() for part in parts)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise DataError(f"{where}: images have values that are NaN or infinite", "replace them, or remove those images")
    if not (low >= 0 and high <= _BRIGHTEST):
        raise DataError(f"{where}: image values are {low} to {high}", "pass numbers in 0..255 or 0..1")
    return _BRIGHTEST if dtype.kind == "f" and high <= 1 else 1.0


def refuse_mixed_scales(parts: Sequence[np.ndarray[Any, Any]], where: str) -> None:
    """Raise DataError if some parts have values from 0 to 1, and others from 0 to 255: the first would be black."""
    highest = [part.max() for part in parts if part.size]
    scaled = [part.max() for part in parts if part.size and part.dtype.kind == "f" and 0 < part.max() <= 1]
    if scaled and len(scaled) < len(highest) and max(highest) > 1:
        what = f"{where}: images of one split reach to {max(scaled):g}, and of another to {max(highest):g}"
        raise DataError(what, "scale all splits alike, in 0..255 or 0..1")
