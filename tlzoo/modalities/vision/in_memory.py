"""Images in memory as data: arrays, PIL images, encoded files, and lists of paths."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.data.contract import SetAside
from tlzoo.data.inputs import Inputs
from tlzoo.data.streams import images_at_once, in_parallel, stream_of
from tlzoo.errors import DataError
from tlzoo.modalities.vision.image_arrays import has_deep_integers, png_of
from tlzoo.modalities.vision.image_files.background import (
    WHITE,
    Background,
    background_of,
    describe_transparency,
    digests_over,
)
from tlzoo.modalities.vision.image_files.bit_depth import (
    PLAIN,
    TIFF_SUFFIXES,
    bits_of,
    describe_depth,
    digests_in_bits,
    with_png,
)
from tlzoo.modalities.vision.pictures import input_maximum_of, pictures_of, scale_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import tensorflow as tf

    from tlzoo.data.contract import Array, Digests
    from tlzoo.progress import Progress

__all__ = ["ImageObjects", "read_deep_arrays", "read_images"]

_GREY, _COLOUR, _BATCH = 2, 3, 4
_CHANNELS = (1, 3)
_PLAIN_MODES = ("RGB", "L")
"""Modes of PIL with plain pixel values."""


def read_images(
    parts: Sequence[Any], where: str, options: Mapping[str, str], progress: Progress, *, named: bool
) -> Inputs | None:
    """Return images in memory, all parts one after the other; None for other inputs.

    If the user ``named`` the modality, an error is raised instead of None.
    """
    parts = [_stacked(each) for each in parts]
    if all(isinstance(each, np.ndarray) for each in parts):
        if all(each.ndim < _COLOUR for each in parts) and not named:
            return None
        examples = pictures_of(where, parts, where)
        return Inputs(examples, examples.digests(), np.arange(len(examples), dtype=np.int64))
    images = [image for part in parts for image in part]
    kinds = Counter(_kind(each) for each in images)
    if set(kinds) == {""} and not named:
        return None
    if len(kinds) > 1 or "" in kinds:
        first = next((at for at, each in enumerate(images) if _kind(each) != _kind(images[0])), 0)
        found = f"{where}[0] is {type(images[0]).__name__}"
        if first:
            found += f", {where}[{first}] is {type(images[first]).__name__}"
        raise DataError(
            f"{where}: not all inputs are images of one kind: {found}", "use only arrays, only PIL images or only paths"
        )
    background, bits = background_of(options.get("alpha")), bits_of(options.get("bits"))
    if "path" in kinds:
        return _files([str(each) for each in images], where, background, bits, progress)
    if "bytes" in kinds:
        from tlzoo.modalities.vision.image_files.encoded import read_encoded

        return read_encoded(len(images), images.__getitem__, lambda at: f"{where}[{at}]", background, progress, bits)
    return _objects(images, where, background, progress)


@final
class ImageObjects:
    """Images in memory, in their own sizes: uint8 (height, width, 1 or 3), 0 to 255, read on demand."""

    modality = "vision"

    def __init__(
        self,
        title: str,
        images: Sequence[Any],
        background: Background = WHITE,
        input_maximum: float | None = None,
    ) -> None:
        """Take images, PIL or uint8 (height, width, 1 or 3), and their title in reports.

        ``input_maximum`` is the value of white in the floating-point images that they were, if they were.
        """
        self.input_maximum = input_maximum
        self.background = background
        self._title = title
        self._images = images
        self.shapes = np.array([(*_size(each), _channels(each)) for each in images], np.int64).reshape(-1, 3)
        self._depth = int(self.shapes[:, 2].max())
        self.formats = dict(Counter(_format(each) for each in images).most_common())

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._images)

    def name(self, index: int) -> str:
        """Return a name such as ``data[12]``."""
        return f"{self._title}[{index}]"

    def stream(self, indices: Array) -> tf.data.Dataset:
        """Return the images at ``indices``, in that order: uint8 (height, width, 1 or 3)."""
        import tensorflow as tf

        def read(position: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
            pixels = _pixels(self._images[int(position)], self.background)
            return np.repeat(pixels, self._depth, axis=2) if pixels.shape[2] < self._depth else pixels

        def image(position: tf.Tensor) -> tf.Tensor:
            found = tf.numpy_function(read, [position], tf.uint8, stateful=False)
            return tf.ensure_shape(found, (None, None, self._depth))

        return in_parallel(stream_of(np.asarray(indices, np.int64)), image, images_at_once(self))

    def digests(self) -> Digests:
        """Return the SHA-256 of every image's shape and values, the same as for images in one array: uint8 (N, 32)."""
        rows = bytearray()
        for image in self._images:
            pixels = _stored(image)
            rows += hashlib.sha256(repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes()).digest()
        return digests_over(np.frombuffer(bytes(rows), np.uint8).reshape(-1, 32), self.background)

    @cached_property
    def hashes(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
        """A perceptual hash of each image over white, uint64 (N,)."""
        from tlzoo.modalities.vision.near_duplicates import perceptual_hash

        return np.array([perceptual_hash(_pixels(image, WHITE)) for image in self._images], np.uint64)


def _stacked(part: Any) -> Any:
    """Return arrays of one shape as one array, and other values unchanged."""
    if isinstance(part, np.ndarray) or not part:
        return part
    arrays = [found for each in part if (found := _array(each)) is not None]
    if len(arrays) < len(part):
        return part
    return np.stack(arrays) if len({each.shape for each in arrays}) == 1 else arrays


def _array(image: Any) -> np.ndarray | None:
    if _is_pil(image) or isinstance(image, str | bytes | Path) or not hasattr(image, "__array__"):
        return None
    found = np.asarray(image)
    return found if found.dtype.kind in "uifb" else None


def _kind(image: Any) -> str:
    if isinstance(image, bytes):
        return "bytes"
    if isinstance(image, str | Path):
        from tlzoo.data.adapters.folder_layout import READABLE

        return "path" if Path(image).suffix.lower() in {*READABLE, *TIFF_SUFFIXES} else ""
    if _is_pil(image):
        return "object"
    return "object" if isinstance(image, np.ndarray) and image.ndim >= _GREY and image.dtype.kind in "uifb" else ""


def _files(paths: list[str], where: str, background: Background, bits: int, progress: Progress) -> Inputs:
    if any(Path(each).suffix.lower() in TIFF_SUFFIXES for each in paths):
        from tlzoo.modalities.vision.image_files.encoded import read_encoded

        return read_encoded(
            len(paths), lambda at: with_png(_bytes(paths[at])), paths.__getitem__, background, progress, bits
        ).noted(describe_depth(map(Path, paths), bits))
    from tlzoo.data.adapters.images import ImageFiles
    from tlzoo.modalities.vision.image_files.verification import verify_images

    verdicts = verify_images(Path(), paths, progress)
    rows = np.array([row for row, each in enumerate(verdicts) if each.reason is None], np.int64)
    aside = tuple(
        SetAside(path, each.reason) for path, each in zip(paths, verdicts, strict=True) if each.reason is not None
    )
    if not len(rows):
        raise DataError(f"{where}: none of the {len(paths)} images can be read: {paths[0]}: {aside[0].reason}")
    readable = [verdicts[row] for row in rows]
    digests = np.frombuffer(bytes.fromhex("".join(each.sha256 for each in readable)), np.uint8).reshape(-1, 32)
    return Inputs(
        ImageFiles(Path(), [paths[row] for row in rows], readable, None, background, bits),
        digests_in_bits(digests_over(digests, background), bits),
        rows,
        aside,
        (
            *describe_transparency(sum(each.transparent for each in readable), len(readable), background),
            *describe_depth(map(Path, paths), bits),
        ),
    )


def read_deep_arrays(parts: Sequence[Any], where: str, options: Mapping[str, str], progress: Progress) -> Inputs | None:
    """Return grey images of integers with more than 8 bits, which are stored as PNG; None for others, or 8 bits."""
    bits = bits_of(options.get("bits"))
    if bits == PLAIN or not all(has_deep_integers(image) for part in parts for image in part):
        return None
    from tlzoo.modalities.vision.image_files.encoded import read_encoded

    images = [image for part in parts for image in part]
    encoded = [png_of(each, 2.0**bits - 1) for each in images]
    return read_encoded(len(encoded), encoded.__getitem__, lambda at: f"{where}[{at}]", WHITE, progress, bits)


def _bytes(path: str) -> bytes:
    """Return the bytes of a file; none for one that cannot be read, which is then set aside."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def _objects(images: Sequence[Any], where: str, background: Background, progress: Progress) -> Inputs:
    checked, maximum = _checked_arrays(images, where)
    with progress.track("reading", len(checked), "images") as advance:
        for image in checked:
            if _is_pil(image):
                image.load()  # not safe in several threads
            advance(1)
    examples = ImageObjects(where, checked, background, maximum)
    transparent = sum(_is_transparent(each) for each in checked)
    notes = describe_transparency(transparent, len(checked), background)
    return Inputs(examples, examples.digests(), np.arange(len(checked), dtype=np.int64), notes=notes)


def _checked_arrays(images: Sequence[Any], where: str) -> tuple[list[Any], float | None]:
    """Return the images with arrays as uint8 (height, width, 1 or 3), and the value of white in floating-point ones.

    Raises DataError for other shapes and values.
    """
    arrays = [image for image in images if isinstance(image, np.ndarray)]
    if not arrays:
        return list(images), None
    for at, image in enumerate(images):
        if isinstance(image, np.ndarray) and not (
            image.ndim == _GREY or (image.ndim == _COLOUR and image.shape[2] in _CHANNELS)
        ):
            fix = "pass each image as (height, width) or (height, width, 1 or 3)"
            raise DataError(f"{where}: image {at} has shape {image.shape}", fix)
    dtype = np.result_type(*arrays)
    scale = scale_of([each for each in arrays if each.size], dtype, where)
    found = [_as_bytes(each, scale) if isinstance(each, np.ndarray) else each for each in images]
    return found, input_maximum_of(dtype, scale)


def _as_bytes(image: np.ndarray, scale: float) -> np.ndarray:
    image = image if image.ndim == _COLOUR else image[..., np.newaxis]
    if image.dtype == np.uint8 and scale == 1:
        return image
    scaled = image.astype(np.float32) * scale if image.dtype.kind in "fb" else image
    found: np.ndarray = np.rint(scaled).astype(np.uint8)
    return found


def _pixels(image: Any, background: Background) -> np.ndarray:
    """Return an image as uint8 (height, width, 1 or 3), with transparent pixels composited over the background."""
    if isinstance(image, np.ndarray):
        return image
    if image.mode in {*_PLAIN_MODES, "1"} and not _is_transparent(image):
        return _stored(image)
    from tlzoo.modalities.vision.image_files.decoding import decoder

    decoded: np.ndarray = decoder(background)(png_of(image)).numpy()
    return decoded


def _stored(image: Any) -> np.ndarray:
    """Return an image with its alpha channel, if it has one: uint8 (height, width, 1, 3 or 4)."""
    if isinstance(image, np.ndarray):
        return image
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image)
    if upright.mode == "1":  # black and white, as an array of booleans
        upright = upright.convert("L")
    if upright.mode not in _PLAIN_MODES or _is_transparent(upright):
        upright = upright.convert("RGBA" if _is_transparent(upright) else "RGB")
    pixels = np.asarray(upright)
    return pixels if pixels.ndim == _COLOUR else pixels[..., np.newaxis]


def _is_transparent(image: Any) -> bool:
    return not isinstance(image, np.ndarray) and bool(image.has_transparency_data)


def _size(image: Any) -> tuple[int, int]:
    height, width = _stored(image).shape[:2]
    return int(height), int(width)


def _channels(image: Any) -> int:
    if isinstance(image, np.ndarray):
        return int(image.shape[2])
    return 1 if image.mode in {"1", "L"} and not _is_transparent(image) else 3


def _format(image: Any) -> str:
    return "array" if isinstance(image, np.ndarray) else (image.format or "PIL")


def _is_pil(image: Any) -> bool:
    module = sys.modules.get("PIL.Image")  # whoever gives such an image has imported it
    return module is not None and isinstance(image, module.Image)
