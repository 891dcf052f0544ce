"""Checks of boxes: corners, borders, duplicates and number."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tlzoo.errors import DataError

from .boxes import Boxes

__all__ = ["MOST_BOXES", "BoxChecks"]

MOST_BOXES = 1000
"""The largest number of boxes in an image."""

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
        wrong = [_problem(each) for each in shares]
        if (first := next((at for at, each in enumerate(wrong) if each), None)) is not None:
            shown = ", ".join(f"{value:.6g}" for value in boxes[first, :4])
            count = sum(map(bool, wrong))
            more = f", as {count - 1} more do in this image" if count > 1 else ""
            unit = "" if relative else f" of {width} x {height} pixels"
            what = f"{where}: the box ({shown}) {wrong[first]}{unit if 'image' in str(wrong[first]) else ''}{more}"
            if not self.skip:
                raise DataError(what, _SKIP)
            self._skipped += [what] * count
        kept = np.array([not each for each in wrong], bool)
        found = np.concatenate([np.clip(shares, 0, 1), boxes[:, 4:]], axis=1)[kept].astype(np.float32)
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


def _problem(corners: np.ndarray) -> str:
    """Return why the corners, shares of the sides, are not those of a box; empty if they are."""
    left, top, right, bottom = corners
    if not np.isfinite(corners).all():
        return "is not finite"
    if right < left or bottom < top:
        return "has swapped corners"
    if right == left or bottom == top:
        return "is empty"
    if not (0 <= (left + right) / 2 <= 1 and 0 <= (top + bottom) / 2 <= 1):
        return "lies outside the image"
    return ""


def _boxes(count: int) -> str:
    return "1 box is" if count == 1 else f"{count:,} boxes are"
