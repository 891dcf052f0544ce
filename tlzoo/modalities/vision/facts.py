"""Inspection of images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from tlzoo.data.inspection.facts import InputFacts, Size, Spread

if TYPE_CHECKING:
    from tlzoo.data.contract import Examples

__all__ = ["ImageFacts", "image_facts"]


@dataclass(frozen=True, slots=True)
class ImageFacts(InputFacts):
    """Sizes in pixels, and the number of images of each file format."""

    key: ClassVar = "images"

    height: Spread
    width: Spread
    formats: dict[str, int]

    def lines(self) -> Iterator[str]:
        """Yield sizes and formats."""
        yield f"height: {_pixels(self.height)}; width: {_pixels(self.width)}"
        yield f"formats: {self.note}"

    def sizes(self) -> Iterator[Size]:
        """Yield height and width."""
        yield self.height.size("Height")
        yield self.width.size("Width")

    @property
    def note(self) -> str:
        """The formats: ``JPEG 12, PNG 3``."""
        return ", ".join(f"{name} {count}" for name, count in self.formats.items())


def image_facts(examples: Examples) -> ImageFacts | None:
    """Return the facts of examples that know the sizes of their images; None for others, or without images."""
    from tlzoo.data.contract import Pictures

    if not isinstance(examples, Pictures) or not len(examples):
        return None
    shapes = np.asarray(examples.shapes)
    return ImageFacts(_spread(shapes[:, 0]), _spread(shapes[:, 1]), dict(examples.formats))


def _spread(values: np.ndarray) -> Spread:
    return Spread(int(values.min()), float(np.median(values)), int(values.max()))


def _pixels(spread: Spread) -> str:
    return f"{spread.min} to {spread.max} pixels, median {spread.median:g}"
