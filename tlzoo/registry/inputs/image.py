"""The input contract of image backbones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from .contract import InputContract, by

__all__ = ["ImageInput"]


@dataclass(frozen=True, slots=True)
class ImageInput(InputContract):
    """Input of an image backbone: 0..255 scaled to ``range``, then ``(x - mean) / std`` if given."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}
    KIND: ClassVar = "image"
    MODALITY: ClassVar = "vision"
    SOURCE: ClassVar = "images:FOLDER"
    TYPES: ClassVar = {
        "size": "integers",
        "channels": "integer",
        "smallest": "integers",
        "range": "numbers",
        "mean": "numbers",
        "std": "numbers",
        "order": "text",
    }

    kind: Literal["image"]
    """Kind of input."""
    size: tuple[int, int]
    """Height and width of training or best use."""
    channels: int = 3
    """3 for colour, 1 for grey."""
    smallest: tuple[int, int] | None = None
    """Minimum height and width; None if only ``size`` is possible."""
    range: tuple[float, float] = (0.0, 1.0)
    """Values to which 0 and 255 are scaled."""
    mean: tuple[float, ...] | None = None
    """Mean per channel, in the scale of ``range``."""
    std: tuple[float, ...] | None = None
    """Standard deviation per channel, in the scale of ``range``."""
    order: Literal["rgb", "bgr", "grey"] = "rgb"
    """Channel order."""

    def shown(self) -> str:
        """Return ``224x224x3``."""
        return by((*self.size, self.channels))

    def sides(self) -> tuple[int | None, int | None]:
        """Return the shorter side and its minimum, in pixels."""
        return min(self.size), None if self.smallest is None else min(self.smallest)

    def details(self) -> Iterator[str]:
        """Yield the minimum size."""
        yield "no other size" if self.smallest is None else "at least " + by(self.smallest)

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield the preprocessing of pixels."""
        scaled = f"{self.order}, {self.range[0]:g} to {self.range[1]:g}"
        centred = f", minus {_figures(self.mean)}" if self.mean else ""
        yield "pixels", scaled + centred + (f", over {_figures(self.std)}" if self.std else "")

    def problems(self) -> Iterator[str]:
        """Yield contradictions."""
        if min(*self.size, self.channels) < 1:
            yield f"input: size and channels must be at least 1 (received {self.size}, {self.channels})"
        if self.smallest is not None and (self.smallest[0] > self.size[0] or self.smallest[1] > self.size[1]):
            yield f"input.smallest is larger than input.size (received {self.smallest}, {self.size})"
        if self.range[0] >= self.range[1]:
            yield f"input.range: the lower end must come first (received {self.range})"
        for name, figures in (("mean", self.mean), ("std", self.std)):
            if figures is not None and len(figures) != self.channels:
                yield f"input.{name}: needs one number for each of {self.channels} channels (received {figures})"
        if self.order == "grey" and self.channels != 1:
            yield f"input.order: 'grey' has one channel (received {self.channels})"


def _figures(figures: tuple[float, ...]) -> str:
    return " ".join(f"{figure:g}" for figure in figures)
