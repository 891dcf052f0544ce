"""Tags and spans in memory: lists of words with tags, and texts with spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from tlzoo.errors import DataError

from .reading import WrittenSpans, WrittenTags

__all__ = ["read_span", "tagged_texts"]

_FIX = "give lists of words with lists of tags, or texts with lists of spans (start, end, type)"
_SPAN = 3


def tagged_texts(inputs: Any, labels: Any, where: str) -> tuple[list[str], np.ndarray]:
    """Return texts, and their written tags or spans as an array of objects (N,).

    Args:
        inputs: Lists of words, or texts.
        labels: A list of tags for each list of words, or a list of spans for each text.
        where: Start of error messages.

    Raises:
        DataError: If they do not fit.
    """
    given = [inputs, labels]
    texts, own = (
        each.tolist() if hasattr(each, "tolist") else list(each) if _is_list(each) else None for each in given
    )
    if texts is None or own is None:
        raise DataError(f"{where}: inputs and labels of tagging are not lists", _FIX)
    if len(texts) != len(own):
        raise DataError(f"{where}: {len(texts)} inputs and {len(own)} labels", "give one list of labels per input")
    rows = np.empty(len(texts), object)
    for at, (text, label) in enumerate(zip(texts, own, strict=True)):
        rows[at] = _written(text, label, f"{where}[{at}]")
    if len({type(each) for each in rows}) > 1:
        raise DataError(f"{where}: some inputs are lists of words, others are texts", "use one kind of input")
    return [each.text if isinstance(each, WrittenSpans) else " ".join(each.words) for each in rows], rows


def read_span(span: Any, where: str) -> tuple[int, int, str]:
    """Return start, end and type of a span, a list or an object with these keys. Raises DataError for others."""
    if isinstance(span, Mapping):
        kind = span.get("label", span.get("type"))
        values = [span.get("start"), span.get("end"), kind]
    else:
        values = list(span) if _is_list(span) else [span]
    if len(values) == _SPAN and all(map(_is_whole, values[:2])) and isinstance(values[2], str):
        name = values[2].strip()
        if name and name.isprintable() and not any(each.isspace() for each in name):
            return int(values[0]), int(values[1]), name
    fix = 'give [start, end, "TYPE"] with whole numbers, and a type without spaces'
    raise DataError(f"{where}: a span is {span!r:.80}", fix)


def _written(text: Any, label: Any, where: str) -> WrittenTags | WrittenSpans:
    label = label.tolist() if hasattr(label, "tolist") else label
    if isinstance(text, str) and _is_list(label):
        _check_encoding(text, where)
        return WrittenSpans(text, [read_span(each, where) for each in label], where)
    words = text.tolist() if hasattr(text, "tolist") else text
    if not _is_list(words) or not _is_list(label) or not all(isinstance(each, str) for each in (*words, *label)):
        raise DataError(f"{where}: the input is {text!r:.40} with the label {label!r:.40}", _FIX)
    if len(words) != len(label) or not len(words):
        raise DataError(f"{where}: {len(words)} words and {len(label)} tags", "give one tag per word")
    for word in words:
        if not word or any(each in " \t\n\r\v\f" for each in word):
            raise DataError(f"{where}: the word {word!r:.40} is empty or has white space", "divide it, or remove it")
        _check_encoding(word, where)
    return WrittenTags(words, label, lambda at: f"{where}[{at}]", has_options=False)


def _check_encoding(text: str, where: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{where}: {text!r:.40} has a lone surrogate", "correct the text") from error


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_whole(value: Any) -> bool:
    return (isinstance(value, Integral) and not isinstance(value, bool)) or (
        isinstance(value, str) and value.isdecimal()
    )
