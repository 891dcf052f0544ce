"""``spans:``: texts with spans, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.data import SetAside
from tlzoo.errors import DataError
from tlzoo_text.tagging.annotations.words import RULES
from tlzoo_text.tagging.in_memory import read_span
from tlzoo_text.tagging.reading import WrittenSpans, read_written

from .files import lines_of, split_files
from .samples import choice, open_source, tagged_samples

if TYPE_CHECKING:
    from tlzoo.data import Samples
    from tlzoo.progress import Progress

__all__ = ["spans"]

_OPTIONS = ("spans", "task", "text", "words")
_SUFFIXES = (".jsonl", ".json", ".ndjson")


def spans(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:  # noqa: ARG001 - fast
    """Open texts with spans in JSON Lines: ``{"text": "Ana is in Rome", "spans": [[0, 3, "PER"], [10, 14, "LOC"]]}``.

    Start and end of a span are in code points, and ``end`` is after its last character. A span may also be an object
    with ``start``, ``end`` and ``label``. ``text=`` and ``spans=`` name other keys. A folder has the files of splits:
    their names have ``train``, ``valid``, ``dev`` or ``test``.

    Words are divided at spaces and punctuation, and a span has whole words; ``words=space`` divides at spaces only.

    Raises:
        DataError: If a line is not such an object, or spans overlap, lie outside the text or have no word; with the
            line.
        UsageError: If the location is empty or an option is invalid.
    """
    path = open_source("spans", location, options, _OPTIONS)
    rule = choice("words", options, RULES)
    keys = options.get("text", "text"), options.get("spans", "spans")
    every: list[WrittenSpans] = []
    counts: dict[str, int] = {}
    aside: list[SetAside] = []
    for split, file in split_files(path, "spans", _SUFFIXES).items():
        found = list(_texts(file, lines_of(file, "utf-8"), keys))
        aside += [SetAside(each.where, "the text is blank") for each in found if not each.text.strip()]
        kept = [each for each in found if each.text.strip()]
        if not kept:
            raise DataError(f"{file} has no text", 'give lines such as {"text": "Ana", "spans": [[0, 3, "PER"]]}')
        every += kept
        counts[split] = len(kept)
    tagged = read_written(every, rule=rule)
    names = [each.where for each in every]
    return tagged_samples(f"spans:{location}", options, tagged, names, counts, set_aside=tuple(aside))


def _texts(path: Path, lines: Sequence[str], keys: tuple[str, str]) -> Iterator[WrittenSpans]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            row: Any = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{where}: the line is not JSON: {error}", "write one object a line") from error
        text, own = (row.get(key) if isinstance(row, dict) else None for key in keys)
        if not isinstance(text, str) or not isinstance(own, list):
            have = f"has the keys {', '.join(map(str, row))}" if isinstance(row, dict) else "is not an object"
            what = f"{where}: the line {have:.80}, not a string {keys[0]!r} and a list {keys[1]!r}"
            raise DataError(what, "name the keys with text= and spans=")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DataError(f"{where}: the text has a lone surrogate", "correct its escapes") from error
        yield WrittenSpans(text, [read_span(each, where) for each in own], where)
