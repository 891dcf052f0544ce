"""Texts with marked spans for reports."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from tlzoo.tasks import TextPiece

from .counts import spans_of, types_of
from .labels import TaggedText

__all__ = ["compared_pieces"]

_LONGEST = 160
"""Longest text between two spans, in characters; its middle is left out."""

_MOST_SPANS = 40


def compared_pieces(
    label: TaggedText, predicted: np.ndarray, tags: tuple[str, ...]
) -> tuple[list[TextPiece], list[TextPiece]]:
    """Return a text with its true spans, and with those of predicted tags, int (words,).

    A true span that is not predicted, and a predicted one that is not true, are not right.
    """
    true, found = (_places(label, each, tags) for each in (label.tags, predicted))
    return _pieces(str(label.text), true, found, tags), _pieces(str(label.text), found, true, tags)


def _places(label: TaggedText, sequence: np.ndarray, tags: tuple[str, ...]) -> list[tuple[int, int, int]]:
    """Return start and end of each span in the text, and its type index."""
    spans = spans_of(sequence, tags)
    rows = zip(spans.types, spans.begins, spans.lasts, strict=True)
    return [(int(label.words[first, 0]), int(label.words[last, 1]), int(kind)) for kind, first, last in rows]


def _pieces(
    text: str, spans: list[tuple[int, int, int]], others: Collection[tuple[int, int, int]], tags: tuple[str, ...]
) -> list[TextPiece]:
    names, same = types_of(tags), set(others)
    pieces, at = [], 0
    for span in spans[:_MOST_SPANS]:
        begin, end, kind = span
        pieces += [TextPiece(_shortened(text[at:begin])), TextPiece(text[begin:end], names[kind], kind, span in same)]
        at = end
    pieces.append(TextPiece(_shortened(text[at:])))
    return [each for each in pieces if each.text]


def _shortened(text: str) -> str:
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]}…{text[-half:]}"
