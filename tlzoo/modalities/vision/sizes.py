"""Image sizes that an entry takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.errors import EntryError

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["check_size"]


def check_size(entry: Entry, asked: tuple[int, int] | None) -> None:
    """Raise EntryError for a size (height, width) that an entry does not take."""
    if asked is None:
        return
    smallest = entry.input.smallest
    if smallest is None:
        if asked != entry.input.size:
            size = "x".join(map(str, entry.input.size))
            raise EntryError(f"{entry.id} takes only images of {size} pixels", "leave out the image size")
        return
    if asked[0] < smallest[0] or asked[1] < smallest[1]:
        given, least = "x".join(map(str, asked)), "x".join(map(str, smallest))
        raise EntryError(
            f"{entry.id} takes images of {least} pixels or more, not {given}", f"use --image-size {smallest[0]}"
        )
