"""Checks of boxes: corners, borders, duplicates and number."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tlzoo.errors import DataError

from .boxes import Boxes

__all__ = ["MOST_BOXES", "BoxChecks"]

MOST_BOXES = 1000
"""The largest number of boxes in an image."""

_OUTSIDE = "lies outside the image"
_SKIP = "correct them, or leave such boxes out with invalid=skip"


@dataclass(slots=True)
class BoxChecks:
    """Checks the boxes of one image after the other, and counts what it corrects.

    A box that is not valid is an error; with ``skip`` it is left out. A box over the border is clipped, and a duplicate
    is left out.
    """

    skip: bool = False
    _skipped: list[str] = field(default_factory=list)
    _clipped: int = 0
    _duplicates: int = 0

    def checked(self, boxes: np.ndarray, size: tuple[int, int], *, relative: bool, where: str) -> Boxes:
        """Return valid boxes as shares of the sides, float32 (K, 6), in their order.

        Args:
            boxes: Corners, class and crowd, (K, 6).
            size: Height and width of the image.
            relative: Whether corners are shares instead of pixels.
            where: The annotation, for messages.

        Raises:
            DataError: For a box that is not valid, or more than ``MOST_BOXES``.
        """
        if len(boxes) > MOST_BOXES:
            fix = "divide the image, or remove boxes that are errors"
            raise DataError(f"{where} has {len(boxes):,} boxes in one image; at most {MOST_BOXES:,} are supported", fix)
        height, width = size
        sides = np.array([1, 1, 1, 1] if relative else [width, height, width, height], np.float64)
        shares = boxes[:, :4] / sides
        corners = np.clip(shares, 0, 1).astype(np.float32)
        problems = _problems(shares, corners)
        kept = problems == ""
        if not kept.all():
            first = int(np.argmin(kept))
            shown = ", ".join(f"{value:.6g}" for value in boxes[first, :4])
            unit = f" of {width} x {height} pixels" if problems[first] == _OUTSIDE and not relative else ""
            what = f"{where}: the box ({shown}) {problems[first]}{unit}"
            if not self.skip:
                raise DataError(what, _SKIP)
            self._skipped += [what] * int((~kept).sum())
        found = np.concatenate([corners, boxes[:, 4:].astype(np.float32)], axis=1)[kept]
        self._clipped += int((np.clip(shares, 0, 1) != shares).any(axis=1)[kept].sum())
        _, own = np.unique(found, axis=0, return_index=True)
        self._duplicates += len(found) - len(own)
        result: Boxes = found[np.sort(own)]
        return result

    def notes(self) -> tuple[str, ...]:
        """Return lines for the user on what was corrected."""
        found = []
        if self._skipped:
            found.append(f"{_boxes(len(self._skipped))} left out as invalid, such as: {self._skipped[0]}")
        if self._clipped:
            found.append(f"{_boxes(self._clipped)} over the border of the image clipped")
        if self._duplicates:
            found.append(f"{_boxes(self._duplicates)} left out as exact duplicates in the same image")
        return tuple(found)


def _problems(corners: np.ndarray, stored: np.ndarray) -> np.ndarray:
    """Return why corners (K, 4), shares of the sides, are not those of a box, (K,); empty if they are.

    ``stored`` are the clipped corners in float32, in which thin boxes may have no area.
    """
    first, last = corners[:, :2], corners[:, 2:]
    with np.errstate(invalid="ignore"):  # of infinite corners
        outside = np.abs(first + last - 1) > 1  # the centre is beyond 0 or 1
    return np.select(
        [
            ~np.isfinite(corners).all(axis=1),
            (last < first).any(axis=1),
            (last == first).any(axis=1),
            outside.any(axis=1),
            (stored[:, 2:] <= stored[:, :2]).any(axis=1),
        ],
        ["is not finite", "has swapped corners", "is empty", _OUTSIDE, "is too thin: it is empty in float32"],
        "",
    )


def _boxes(count: int) -> str:
    return "1 box is" if count == 1 else f"{count:,} boxes are"
