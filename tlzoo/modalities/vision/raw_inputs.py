"""Images for predictions: paths, URLs, folders, globs, bytes, arrays, PIL images."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.modalities.raw_inputs import RawInputs
from tlzoo.modalities.vision.image_arrays import checked_images, describe_image, is_image, is_single_image, png_of
from tlzoo.modalities.vision.image_files.bit_depth import with_png
from tlzoo.modalities.vision.input_sources import expand_images, fetch_image, is_address

if TYPE_CHECKING:
    from tlzoo.modalities.tiles import TileGrid

__all__ = ["ImageInputs"]

_BRIGHTEST = 255


class ImageInputs(RawInputs):
    """Reads images by path, URL or bytes, and those in memory; a folder or a glob expands to its images."""

    accepted = "paths, URLs or bytes of image files, arrays or PIL images"
    maximum: float | None = None
    """The value of white in the floating-point images that the model learned from, 1 or 255; None if unknown."""

    def expanded(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Return the inputs with folders and globs replaced by the files in them."""
        return expand_images(inputs)

    def is_input(self, each: Any) -> bool:
        """Return whether a value is a path, a URL, bytes, or one image in memory."""
        return super().is_input(each) or is_image(each)

    def is_one(self, given: Any) -> bool:
        """Return whether a value is one image: a PIL image, or an array (height, width, 1, 3 or 4)."""
        return super().is_input(given) or is_single_image(given)

    def of_maximum(self, maximum: float | None) -> ImageInputs:
        """Return the reader for floating-point images whose white is 1 or 255."""
        found = copy.copy(self)
        found.maximum = maximum
        return found

    def checked_array(self, values: Any, dtype: str) -> np.ndarray:  # noqa: ARG002 - pixels may be bytes or have fractions
        """Return images (N, height, width, 1 or 3), uint8, or float32 if values have fractions."""
        return checked_images(values, self.maximum)

    def read(self, each: Any) -> bytes:
        """Return the bytes of a file, of a URL, or of an image in memory as PNG."""
        if is_image(each):
            return png_of(each, self.maximum)
        if is_address(each):
            return fetch_image(str(each))
        read: bytes = super().read(each)
        return with_png(read)

    def tiles(self, read: Any, tile: int) -> tuple[TileGrid, Iterator[Any]]:
        """Return the grid of an encoded image, and its tiles as PNG, with 16 bits if the model learned from those."""
        from tlzoo.modalities.vision.image_tiles import tiles_of_image

        return tiles_of_image(read, tile, deep=self.maximum is not None and self.maximum > _BRIGHTEST)

    def memory(self, read: bytes) -> int:
        """Return the bytes to decode an image; those of the largest image if its header cannot be read."""
        from tlzoo.data.streams import BYTES_A_PIXEL
        from tlzoo.modalities.vision.image_files.header_size import header_size
        from tlzoo.process.memory import share

        size = header_size(read)
        return share("decoding") if size is None else size[0] * size[1] * BYTES_A_PIXEL

    def name(self, each: Any) -> Any:
        """Return the path, the number of bytes, or the size of an image in memory."""
        return describe_image(each) if is_image(each) else super().name(each)

    def why(self, data: Any) -> str:
        """Return why the bytes are not an image."""
        from tlzoo.modalities.vision.image_files.examination import why_unreadable

        return why_unreadable(data) or super().why(data)
