"""Tagging schemes: how tags of words mark spans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

__all__ = [
    "OUTSIDE",
    "SCHEMES",
    "Scheme",
    "SchemeError",
    "as_standard",
    "is_tag",
    "marks_ends",
    "scheme_of",
    "span_tags",
    "tag_names",
    "type_of",
]

Scheme: TypeAlias = Literal["bio", "iob1", "iobes", "bilou"]

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)

OUTSIDE = "O"
"""The tag of words outside spans."""

_LETTERS: dict[Scheme, str] = {"bio": "BI", "iob1": "BI", "iobes": "BIES", "bilou": "BILU"}
_ENDS = {"L": "E", "U": "S"}


@dataclass(frozen=True, slots=True)
class SchemeError(Exception):
    """A tag breaks its scheme: its position, what is wrong, a fix, and its continuation for sources with options."""

    position: int
    what: str
    fix: str
    option: str = ""


def type_of(tag: str) -> str:
    """Return the type of a tag: ``PER`` of ``B-PER``; empty for ``O``."""
    return tag.partition("-")[2]


def tag_names(types: Iterable[str], *, ends: bool = False) -> tuple[str, ...]:
    """Return all tags of these types, ``O`` first; with ``ends`` those of IOBES, otherwise those of BIO.

    >>> tag_names(["PER", "LOC"])
    ('O', 'B-LOC', 'I-LOC', 'B-PER', 'I-PER')
    """
    letters = "BIES" if ends else "BI"
    return (OUTSIDE, *(f"{letter}-{name}" for name in sorted(types) for letter in letters))


def is_tag(tag: str, letters: str) -> bool:
    """Return whether a tag is ``O``, or one of ``letters`` with ``-`` and a type."""
    return tag == OUTSIDE or (tag[:1] in set(letters) and tag[1:2] == "-" and len(tag) > 2 and tag.isprintable())  # noqa: PLR2004


def marks_ends(tags: Iterable[str]) -> bool:
    """Return whether tags mark the last word of a span, as those of IOBES do."""
    return any(tag[:1] in {"E", "S"} for tag in tags)


def scheme_of(sentences: Iterable[Sequence[str]]) -> Scheme:
    """Return the scheme of tags, by their letters, and for B and I by where B stands.

    In IOB1, a span begins with I; B only separates it from a span of the same type before it. Tags that fit neither are
    BIO, whose check then says what is wrong.
    """
    letters: set[str] = set()
    inside_begins = needed = needless = 0
    for tags in sentences:
        before = OUTSIDE
        for tag in tags:
            letters.add(tag[:1])
            continues = type_of(before) == type_of(tag) and before != OUTSIDE
            inside_begins += tag.startswith("I-") and not continues
            needed += tag.startswith("B-") and continues
            needless += tag.startswith("B-") and not continues
            before = tag
    if letters & {"E", "S"}:
        return "iobes"
    if letters & {"L", "U"}:
        return "bilou"
    return "iob1" if inside_begins and not needless else "bio"


def as_standard(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """Return the tags of a sentence in BIO, or in IOBES for both schemes that mark ends.

    Raises:
        SchemeError: If a tag is not one of the scheme, or breaks it.
    """
    letters = _LETTERS[scheme]
    for at, tag in enumerate(tags):
        if not is_tag(tag, letters):
            fix = f"use O, or one of {', '.join(letters)} with '-' and a type, as in B-PER"
            raise SchemeError(at, f"{tag!r} is not a tag of {scheme}", fix, f"; {_option(tag, letters)}")
    if scheme == "iob1":
        return _from_iob1(tags)
    found = [tag if tag == OUTSIDE else _ENDS.get(tag[0], tag[0]) + tag[1:] for tag in tags]
    (_check_ends if scheme in {"iobes", "bilou"} else _check_beginnings)(tags, found)
    return found


def span_tags(count: int, spans: Iterable[tuple[int, int, str]], *, ends: bool = False) -> list[str]:
    """Return the tags of ``count`` words with spans: first word, word after the last, and type."""
    tags = [OUTSIDE] * count
    for begin, end, name in spans:
        tags[begin:end] = [f"I-{name}"] * (end - begin)
        tags[begin] = f"B-{name}"
        if ends:
            tags[end - 1] = f"{'S' if end - begin == 1 else 'E'}-{name}"
    return tags


def _option(tag: str, letters: str) -> str:
    if any(tag[:1] in set(every) and tag[1:2] == "-" for every in _LETTERS.values()):
        return "name the scheme with scheme=" + " or ".join(
            name for name, every in _LETTERS.items() if tag[0] in every and every != letters
        )
    return "name the column with tag_column="


def _from_iob1(tags: Sequence[str]) -> list[str]:
    found, before = [], OUTSIDE
    for at, tag in enumerate(tags):
        continues = before != OUTSIDE and type_of(before) == type_of(tag)
        if tag.startswith("B-") and not continues:
            what = f"{tag!r} does not follow a span of its type: in IOB1, B only separates two spans of one type"
            raise SchemeError(at, what, f"write I-{type_of(tag)}", ", or use scheme=bio")
        found.append(f"B-{type_of(tag)}" if tag.startswith("I-") and not continues else tag)
        before = tag
    return found


def _check_beginnings(tags: Sequence[str], found: Sequence[str]) -> None:
    before = OUTSIDE
    for at, tag in enumerate(found):
        if tag.startswith("I-") and (before == OUTSIDE or type_of(before) != type_of(tag)):
            where = f"follows {tags[at - 1]!r}" if at else "is the first tag of a sentence"
            what = f"{tag!r} {where}: in BIO, a span begins with B-"
            raise SchemeError(at, what, f"write B-{type_of(tag)}", ", or use scheme=iob1 if no span needs B-")
        before = tag


def _check_ends(tags: Sequence[str], found: Sequence[str]) -> None:
    before = OUTSIDE
    for at, tag in enumerate([*found, OUTSIDE]):
        is_open = before[0] in "BI"
        goes_on = tag[0] in "IE"
        if is_open and not (goes_on and type_of(tag) == type_of(before)):
            fix = f"end the span with {'S' if before[0] == 'B' else 'E'}-{type_of(before)} (U and L in BILOU)"
            raise SchemeError(at - 1, f"the span of {tags[at - 1]!r} does not end", fix)
        if goes_on and not is_open:
            where = f"follows {tags[at - 1]!r}" if at else "is the first tag of a sentence"
            raise SchemeError(at, f"{tags[at]!r} {where}: no span is open", f"begin it with B-{type_of(tag)}")
        before = tag
