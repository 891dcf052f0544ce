"""``conll:``: sentences in columns, one word and its tag a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import DataError, UsageError
from tlzoo_text.tagging.annotations.schemes import SCHEMES, is_tag
from tlzoo_text.tagging.annotations.words import RULES
from tlzoo_text.tagging.reading import WrittenTags, read_written

from .files import WHOLE, lines_of, split_files
from .samples import choice, open_source, tagged_samples

if TYPE_CHECKING:
    from tlzoo.data import Samples
    from tlzoo.progress import Progress

__all__ = ["conll"]

_OPTIONS = ("encoding", "scheme", "tag_column", "task", "word_column", "words")
_DOCUMENT = "-DOCSTART-"


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of words and tags, from 1, or from -1 backwards."""

    word: int
    tag: int


def conll(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:  # noqa: ARG001 - fast
    """Open sentences in the columns of CoNLL-2000 and 2003: a word and its tag a line, a blank line between sentences.

    A folder has the files of splits: their names have ``train``, ``valid``, ``dev`` or ``test`` (also ``testa`` and
    ``testb``). A single file is undivided; its documents (``-DOCSTART-``) are never divided by a split.

    A line that begins with ``# `` is a comment if it has another number of columns and no tag in the column of tags.

    Tags mark spans in BIO, IOB1, IOBES or BILOU, which is found by the tags; ``scheme=`` names it. IOB1 is converted to
    BIO, and BILOU to IOBES. The word is in the first column, the tag in the last: ``word_column=`` and ``tag_column=``
    name others, from 1, or from -1 backwards. ``encoding=`` is that of the files, UTF-8 by default.

    ``words=marks`` divides texts at punctuation, too, for predictions of texts whose words were not divided before.

    Raises:
        DataError: If a file has no sentence, a line has other columns, or tags break the scheme; with the line.
        UsageError: If the location is empty or an option is invalid.
    """
    path = open_source("conll", location, options, _OPTIONS)
    scheme, rule = choice("scheme", options, SCHEMES), choice("words", options, RULES)
    columns = _Columns(_column("word_column", options, 1), _column("tag_column", options, -1))
    encoding = options.get("encoding", "utf-8")
    written: dict[str, list[WrittenTags]] = {}
    documents: list[int] = []
    for split, file in split_files(path, "conll").items():
        found = list(_sentences(file, lines_of(file, encoding), columns))
        if not found:
            raise DataError(f"{file} has no sentence", "give lines with a word and a tag")
        written[split] = [each for each, _ in found]
        documents += [document for _, document in found]
    every = [each for own in written.values() for each in own]
    tagged = read_written(every, scheme, rule)
    groups = np.array(documents, np.int64) if WHOLE in written and len(set(documents)) > 1 else None
    names = [each.where(0) for each in every]
    counts = {split: len(own) for split, own in written.items()}
    return tagged_samples(f"conll:{location}", options, tagged, names, counts, groups=groups)


def _sentences(path: Path, lines: list[str], columns: _Columns) -> Iterator[tuple[WrittenTags, int]]:
    """Yield the sentences of a file, each with the number of its document."""
    words: list[str] = []
    tags: list[str] = []
    numbers: list[int] = []
    document, count, first = 0, 0, 0
    usual = _usual_columns(lines)
    for number, line in enumerate([*lines, ""], start=1):
        if "\r" in line:
            what = f"{path.name}:{number}: the line has a carriage return within it"
            raise DataError(what, "end lines with a line feed, and remove carriage returns from words")
        fields = _fields(line)
        is_document = bool(fields) and fields[0] == _DOCUMENT
        if is_document or not any(fields):
            if words:
                yield _written(path, words, tags, numbers), document
                words, tags, numbers = [], [], []
            document += is_document
            continue
        if line.startswith("# ") and len(fields) != usual and not _has_tag(fields, columns.tag):
            continue
        where = f"{path.name}:{number}"
        if count and len(fields) != count:
            raise DataError(f"{where}: {len(fields)} columns, but line {first} has {count}", "correct the line")
        count, first = len(fields), first or number
        word, tag = (_field(fields, each, where) for each in (columns.word, columns.tag))
        if count == 1 or not word or any(each in " \t\v\f" for each in word):
            what = "a single column" if count == 1 else f"the word {word!r:.40}"
            raise DataError(f"{where}: {what}", "give a word and its tag in each line, separated by a space or tab")
        words.append(word)
        tags.append(tag)
        numbers.append(number)


def _written(path: Path, words: list[str], tags: list[str], numbers: list[int]) -> WrittenTags:
    return WrittenTags(tuple(words), tuple(tags), lambda at: f"{path.name}:{numbers[at]}")


def _fields(line: str) -> list[str]:
    return [each.strip(" ") for each in (line.split("\t") if "\t" in line.strip() else line.split())]


def _usual_columns(lines: Sequence[str]) -> int:
    """Return the number of columns of the first line that cannot be a comment; 0 if there is none."""
    rows = (_fields(line) for line in lines if line.strip() and not line.startswith("# "))
    return next((len(fields) for fields in rows if fields[0] != _DOCUMENT), 0)


def _has_tag(fields: Sequence[str], column: int) -> bool:
    at = column - 1 if column > 0 else len(fields) + column
    return 0 <= at < len(fields) and is_tag(fields[at], "BIESLU")


def _field(fields: list[str], column: int, where: str) -> str:
    try:
        return fields[column - 1 if column > 0 else column]
    except IndexError as error:
        raise DataError(f"{where}: no column {column}, the line has {len(fields)}", "name another column") from error


def _column(name: str, options: Mapping[str, str], default: int) -> int:
    text = options.get(name, str(default))
    if not text.removeprefix("-").isdecimal() or not int(text):
        raise UsageError(f"{name}={text} is not a column", "count from 1, or from -1 backwards")
    return int(text)
