"""Spans of predictions: in a serving signature, as words, and as marks of a text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from tlzoo.tasks import TextPiece

from .annotations.counts import spans_of, types_of
from .annotations.labels import TaggedText
from .annotations.schemes import OUTSIDE
from .annotations.words import WordRule, words_of

__all__ = ["compared_pieces", "listed_spans", "read_spans"]

_LONGEST = 160
"""Longest text between two spans, in characters; its middle is left out."""

_MOST_SPANS = 40


def read_spans(row: Mapping[str, Any], tags: tuple[str, ...], rule: WordRule) -> dict[str, Any] | None:
    """Return ``spans`` and ``read_to`` from the outputs of a serving signature for one text; see ``Tagging``.

    Words between those that were read are ``O``. None if a probability is not finite.
    """
    odds, starts = row["probabilities"], row["starts"]
    if not np.isfinite(odds).all():
        return None
    (at,) = np.nonzero(starts >= 0)
    likely, best = odds[at].argmax(axis=-1), odds[at].max(axis=-1)
    begins, ends = starts[at].tolist(), row["ends"][at].tolist()
    words = [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in row["words"][at]]
    gaps = [
        at + 1
        for at, (begin, end, piece) in enumerate(zip(begins, ends, words, strict=True))
        if len(words_of(piece[end - begin :], rule))
    ]
    place = np.insert(np.arange(len(likely)), gaps, -1)  # -1 is a gap of words that were not read
    found, names = spans_of(np.insert(likely, gaps, tags.index(OUTSIDE)), tags), types_of(tags)
    spans = [
        {
            "start": begins[first],
            "end": ends[last],
            "label": names[kind],
            "text": "".join(words[first : last + 1])[: ends[last] - begins[first]],
            "probability": float(best[first : last + 1].min()),
        }
        for kind, first, last in zip(found.types, place[found.begins], place[found.lasts], strict=True)
    ]
    return {"spans": spans, "read_to": ends[-1] if ends else 0}


def listed_spans(label: TaggedText, sequence: np.ndarray, tags: tuple[str, ...]) -> str:
    """Return the spans of tags, int (words,), with their types: ``Ana (PER), Rome (LOC)``."""
    names = types_of(tags)
    shown = []
    for begin, end, kind in _places(label, sequence, tags):
        where = f"{begin}-{end}" if label.text is None else " ".join(label.text[begin:end].split())
        shown.append(f"{where} ({names[kind]})")
    return ", ".join(shown) or "no span"


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
