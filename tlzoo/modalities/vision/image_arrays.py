"""Images in memory: arrays and PIL images, checked before use as raw inputs."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np

from tlzoo.errors import DataError
from tlzoo.modalities.arrays import is_array, refuse_masked

__all__ = ["checked_images", "describe_image", "has_deep_integers", "is_image", "is_single_image", "png_of"]

_CHANNELS = (1, 3)
_SINGLE_CHANNELS = (1, 3, 4)
_GREY, _ONE, _BATCH = 2, 3, 4
_BRIGHTEST = 255
_DEEPEST = 2**16 - 1


def is_image(given: Any) -> bool:
    """Return whether a value is a PIL image or an array of numbers with at least two axes."""
    return _is_pil(given) or (is_array(given) and given.ndim >= _GREY)


def describe_image(image: Any) -> str:
    """Return the name of an image in memory in predictions: ``array 32x48x3``, ``JPEG 48x32``."""
    if _is_pil(image):
        return f"{image.format or 'image'} {image.width}x{image.height}"
    return f"array {'x'.join(map(str, image.shape))}"


def is_single_image(given: Any) -> bool:
    """Return whether a value is one image: a PIL image, or an array (height, width, 1, 3 or 4).

    Other arrays of rank 3 are a batch of grey images. An array of rank 2 may also be rows of numbers.
    """
    return _is_pil(given) or (is_array(given) and given.ndim == _ONE and given.shape[-1] in _SINGLE_CHANNELS)


def checked_images(given: Any, maximum: float | None = None) -> np.ndarray:
    """Return images as a batch (N, height, width, 1 or 3): uint8, or float32 if values have fractions.

    ``given`` is one image (height, width) or (height, width, channels), or a batch of them. Values are 0 to 255, or
    booleans. ``maximum`` is the value of white in floating-point images, 1 or 255, if it is known. Raises DataError for
    another shape, type or range, and for values that look scaled to 0..1 but should not be.
    """
    refuse_masked(given, "images")
    images = np.asarray(given)
    if images.dtype.kind not in "uifb":
        kind = "images of different shapes" if images.dtype.kind == "O" else f"values of type {images.dtype}"
        raise DataError(f"an array has {kind}", "pass a list of arrays, each (height, width, 3) with values 0 to 255")
    images = _as_batch(images)
    if not images.size:
        raise DataError(f"an array of shape {images.shape} has no images", "pass at least one")
    return _checked_values(images, maximum)


def png_of(image: Any, maximum: float | None = None) -> bytes:
    """Return a PIL image or an array as the bytes of a PNG file; fractions are rounded.

    ``maximum`` is that of ``checked_images``, for an array. If it is over 255, an array of integers with more than 8
    bits becomes a PNG with 16 bits.

    Raises:
        DataError: For images that ``checked_images`` refuses.
    """
    from PIL import Image, ImageOps

    if _is_pil(image):
        picture = ImageOps.exif_transpose(image)
        if picture.mode in {"I", "F"}:
            picture = Image.fromarray(_one(np.asarray(picture)))
        elif picture.mode not in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}:
            picture = picture.convert("RGB")
    elif maximum is not None and maximum > _BRIGHTEST and has_deep_integers(image):
        picture = Image.fromarray(_deep(np.asarray(image), maximum))
    else:
        picture = Image.fromarray(_one(image, maximum))
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def has_deep_integers(image: Any) -> bool:
    """Return whether a value is an array of integers with more than 8 bits."""
    return is_array(image) and image.dtype.kind in "iu" and image.dtype.itemsize > 1


def _deep(image: np.ndarray, maximum: float) -> np.ndarray:
    pixels = image[..., 0] if image.ndim == _ONE and image.shape[-1] == 1 else image
    if pixels.ndim != _GREY or not pixels.size:
        fix = "pass one grey image, (height, width)"
        raise DataError(f"an array of shape {image.shape} is not an image with more than 8 bits", fix)
    low, high = int(pixels.min()), int(pixels.max())
    if low < 0 or high > _DEEPEST:
        fix = "subtract the smallest value that occurs in any image" if low < 0 else "divide all images by one number"
        raise DataError(f"the image has values {low} to {high}, not 0 to {maximum:.0f}", fix)
    return pixels.astype(np.uint16)


def _one(image: Any, maximum: float | None = None) -> np.ndarray:
    pixels: np.ndarray = np.rint(checked_images(image, maximum)[0]).astype(np.uint8)
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def _as_batch(images: np.ndarray) -> np.ndarray:
    shape = images.shape
    if images.ndim == _GREY:
        images = images[..., np.newaxis]
    if images.ndim == _ONE:
        images = images[np.newaxis] if images.shape[-1] in _SINGLE_CHANNELS else images[..., np.newaxis]
    if images.ndim == _BATCH and images.shape[-1] in _CHANNELS:
        return images
    fix = "pass (N, height, width), (N, height, width, 1) or (N, height, width, 3)"
    if images.ndim == _BATCH and images.shape[-1] == _SINGLE_CHANNELS[-1]:
        fix = "remove the alpha channel: images[..., :3]"
    elif images.ndim == _BATCH and images.shape[1] in _CHANNELS:
        fix = "move the channels to the end: numpy.moveaxis(images, 1, -1)"
    raise DataError(f"an array of shape {shape} is not a batch of images", fix)


def _checked_values(images: np.ndarray, maximum: float | None) -> np.ndarray:
    if images.dtype == np.uint8:
        return images
    if images.dtype == np.bool_:
        white: np.ndarray = images.astype(np.uint8) * np.uint8(_BRIGHTEST)
        return white
    low, high = images.min(), images.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        bad = int((~np.isfinite(images)).sum())
        raise DataError(f"{bad} values of the images are NaN or infinite", "pass values 0 to 255")
    if maximum == 1 and images.dtype.kind == "f" and low >= 0:
        if high > 1:
            what = f"the images have values up to {high:g}, but the model was trained on values from 0 to 1"
            raise DataError(what, "divide them by 255, or pass uint8")
        scaled: np.ndarray = np.rint(images * _BRIGHTEST).astype(np.uint8)
        return scaled
    if low < 0 or high > _BRIGHTEST:
        fix = "undo the normalization: the backbone normalizes images" if low < 0 else "convert to 8 bits per channel"
        raise DataError(f"the images have values {low:g} to {high:g}, not 0 to 255", fix)
    if images.dtype.kind != "f":
        return images.astype(np.uint8)
    if 0 < high <= 1 and (maximum is None or (images % 1).any()):
        raise DataError(f"the images look scaled: their values are {low:g} to {high:g}", "pass 255 * images")
    return images.astype(np.float32)


def _is_pil(given: Any) -> bool:
    module = sys.modules.get("PIL.Image")  # whoever passes such an image has imported it
    return module is not None and isinstance(given, module.Image)
