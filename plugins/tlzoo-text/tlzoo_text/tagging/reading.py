"""Task and labels of tags and spans as they are written in files and in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import DataError

from .annotations.labels import TaggedText, label_array
from .annotations.schemes import OUTSIDE, SchemeError, as_standard, scheme_of, span_tags, tag_names, type_of
from .annotations.words import WordRule, words_of

if TYPE_CHECKING:
    from tlzoo.tasks import Labels

    from .annotations.schemes import Scheme

__all__ = ["Tagged", "WrittenSpans", "WrittenTags", "read_written"]

Span = tuple[int, int, str]
"""Start, end and type."""


@dataclass(frozen=True, eq=False, slots=True)
class WrittenTags:
    """Words with tags, as they are written. ``where`` names a word in errors, by its position.

    ``has_options`` is whether their source has the options ``scheme=`` and ``tag_column=``.
    """

    words: Sequence[str]
    tags: Sequence[str]
    where: Callable[[int], str]
    has_options: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class WrittenSpans:
    """A text with spans: start and end in code points, and type. ``where`` names the text in errors."""

    text: str
    spans: Sequence[Span]
    where: str


@dataclass(frozen=True, eq=False, slots=True)
class Tagged:
    """Texts with labels, their tags, the division into words, and notes for the user."""

    texts: Sequence[str]
    labels: Labels
    tags: tuple[str, ...]
    rule: WordRule
    notes: tuple[str, ...] = ()


def read_written(
    written: Sequence[WrittenTags | WrittenSpans], scheme: Scheme | None = None, rule: WordRule | None = None
) -> Tagged:
    """Return the texts and labels of tags or spans.

    Args:
        written: Words with tags, or texts with spans.
        scheme: Scheme of the tags; None finds it.
        rule: Division into words; by default ``space`` for tags, and ``marks`` for spans.

    Raises:
        DataError: If tags break the scheme, or spans overlap, lie outside their text or have no word.
    """
    tags = [each for each in written if isinstance(each, WrittenTags)]
    rule = rule or ("space" if tags else "marks")
    notes: list[str] = []
    ends = False
    if tags:
        used = scheme or scheme_of(each.tags for each in tags)
        ends = used in {"iobes", "bilou"}
        if used == "iob1" and scheme is None:
            notes.append("the tags are in IOB1; they are converted to BIO")
        of_words = [_standard(each, used) for each in tags]
        if rule == "space":
            return _tagged([" ".join(each.words) for each in tags], of_words, ends, notes)
        written = [
            WrittenSpans(*_with_spans(each.words, standard), each.where(0))
            for each, standard in zip(tags, of_words, strict=True)
        ]
    spans = [each for each in written if isinstance(each, WrittenSpans)]
    widened: list[str] = []
    labels = [_tags_of_spans(each, rule, ends=ends, widened=widened) for each in spans]
    if widened:
        notes.append(f"{len(widened)} spans begin or end within a word; the whole word counts: {widened[0]}")
    return _tagged([each.text for each in spans], labels, ends, notes, rule)


def _tagged(
    texts: Sequence[str],
    tags: Sequence[Sequence[str]],
    ends: bool,  # noqa: FBT001 - of the scheme
    notes: Sequence[str],
    rule: WordRule = "space",
) -> Tagged:
    names = tag_names({type_of(tag) for each in tags for tag in each} - {""}, ends=ends)
    numbers = {name: at for at, name in enumerate(names)}
    labels = []
    for text, own in zip(texts, tags, strict=True):
        words = words_of(text, rule)
        assert len(words) == len(own), "readers refuse words that are divided here"
        labels.append(TaggedText(text, words, np.array([numbers[tag] for tag in own], np.int16)))
    return Tagged(texts, label_array(labels), names, rule, tuple(notes))


def _standard(written: WrittenTags, scheme: Scheme) -> list[str]:
    try:
        return as_standard(written.tags, scheme)
    except SchemeError as error:
        fix = error.fix + (error.option if written.has_options else "")
        raise DataError(f"{written.where(error.position)}: {error.what}", fix) from error


def _with_spans(words: Sequence[str], tags: Sequence[str]) -> tuple[str, list[Span]]:
    """Return the text of words, and the spans of their tags, BIO or IOBES, in code points."""
    ends = np.cumsum([len(word) + 1 for word in words]) - 1
    spans: list[Span] = []
    for at, tag in enumerate(tags):
        if tag[0] in "BS":
            spans.append((int(ends[at]) - len(words[at]), int(ends[at]), type_of(tag)))
        elif tag != OUTSIDE:
            spans[-1] = (spans[-1][0], int(ends[at]), spans[-1][2])
    return " ".join(words), spans


def _tags_of_spans(written: WrittenSpans, rule: WordRule, *, ends: bool, widened: list[str]) -> list[str]:
    words = words_of(written.text, rule)
    found: list[Span] = []
    before: Span | None = None
    for span in sorted(written.spans):
        start, end, name = span
        shown = f"{written.where}: the span {start} to {end} ({name})"
        if not 0 <= start < end <= len(written.text):
            fix = "give start < end, in code points, not bytes or UTF-16 units"
            raise DataError(f"{shown} is not in the text, which has {len(written.text)} characters", fix)
        if before is not None and start < before[1]:
            raise DataError(f"{shown} overlaps {before[0]} to {before[1]} ({before[2]})", "keep one of them")
        first = int(np.searchsorted(words[:, 1], start, side="right"))
        last = int(np.searchsorted(words[:, 0], end, side="left"))
        if first >= last:
            raise DataError(f"{shown} has no word: {written.text[start:end]!r:.40}", "correct it, or remove it")
        if found and first < found[-1][1]:
            what = f"{shown} and {before[0]} to {before[1]} are in one word" if before else shown
            raise DataError(what, "keep one of them, or put a space between them")
        if words[first, 0] < start or words[last - 1, 1] > end:
            widened.append(shown)
        found.append((first, last, name))
        before = span
    return span_tags(len(words), found, ends=ends)
