"""Images that people give to be predicted: paths, addresses, folders, globs, bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tlzoo.modalities.raw_inputs import RawInputs
from tlzoo.modalities.vision.input_sources import expand_images, fetch_image, is_address

__all__ = ["ImageInputs"]


class ImageInputs(RawInputs):
    """Reads images by path, address or bytes; a folder or a glob stands for the images in it."""

    accepted = "paths, addresses or bytes of image files"

    def expanded(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Return the inputs with folders and globs replaced by the files in them."""
        return expand_images(inputs)

    def read(self, each: Any) -> bytes:
        """Return the bytes of a file, or of what is at an address."""
        if is_address(each):
            return fetch_image(str(each))
        read: bytes = super().read(each)
        return read

    def why(self, data: Any) -> str:
        """Return why the bytes are not an image."""
        from tlzoo.data import why_unreadable

        return why_unreadable(data) or super().why(data)
