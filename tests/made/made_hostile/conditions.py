"""Conditions of ``--where``: any text, and conditions whose meaning is worked out a second time, in Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from made_hostile.contract import DifferentAnswerError, Kind
from tlzoo.zoo.listing.fields import Row, fields_of
from tlzoo.zoo.listing.where import note_on_unknown, parse_where

_NUMBERS = {"params": (None, 3.0, 5e6, 1e7, 2.5e9), "size": (None, 0.0, 9.9e6, 1e10), "top1": (None, 0.5, 0.75)}
_WORDS = {"modality": ("vision", "text"), "licence": (None, "MIT", "apache-2.0")}
_ROWS = [
    Row(
        {
            name: value
            for name, value in {
                "id": f"acme/net{at}.web",
                "plugin": "acme",
                "installed": bool(at % 2),
                "experimental": at % 3 == 0,
                "tags": ("small",) if at % 2 else (),
                **{name: values[at * 7 // 3 % len(values)] for name, values in (_NUMBERS | _WORDS).items()},
            }.items()
            if value is not None
        }
    )
    for at in range(40)
]
_FIELDS = fields_of(_ROWS)
_SIGNS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}

_PIECES = st.one_of(
    st.sampled_from(
        [*_FIELDS, *_SIGNS, "and", "or", "not", "(", ")", "is", "known", "unknown", "10M", "75 %", "2GiB", "'", '"']
    ),
    st.text(max_size=6),
    st.floats().map(repr),
)
_leaf = st.one_of(
    st.tuples(
        st.just("number"),
        st.sampled_from(sorted(_NUMBERS)),
        st.sampled_from(sorted(_SIGNS)),
        st.sampled_from(["0", "3", "0.5", "5e6", "10M", "1e10", "2.5G", ".75"]),
    ),
    st.tuples(
        st.just("word"),
        st.sampled_from(sorted(_WORDS)),
        st.sampled_from(["=", "!="]),
        st.sampled_from(["text", "MIT", "'a*'"]),
    ),
    st.tuples(
        st.just("known"), st.sampled_from(sorted({**_NUMBERS, **_WORDS})), st.sampled_from(["known", "is unknown"])
    ),
    st.tuples(st.just("flag"), st.sampled_from(["installed", "experimental"])),
)
_trees = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    ),
    max_leaves=12,
)


def _text(tree: Any) -> str:
    match tree:
        case ("not", inner):
            return f"not ({_text(inner)})"
        case ("and" | "or" as word, left, right):
            return f"({_text(left)}) {word} ({_text(right)})"
    return " ".join(tree[1:])


def _holds(tree: Any, row: Row) -> bool:  # noqa: PLR0911 - one for each kind of node
    match tree:
        case ("not", inner):
            return not _holds(inner, row)
        case ("and", left, right):
            return _holds(left, row) and _holds(right, row)
        case ("or", left, right):
            return _holds(left, row) or _holds(right, row)
        case ("flag", name):
            return bool(row.values.get(name))
        case ("known", name, asked):
            return (name in row.values) is (asked == "known")
        case ("number", name, sign, text):
            number = float(text.rstrip("MG")) * {"M": 1e6, "G": 1e9}.get(text[-1], 1)
            value = row.values.get(name)
            return (sign == "!=") if value is None else _SIGNS[sign](value, number)
        case ("word", name, sign, text):
            value, pattern = row.values.get(name), text.strip("'").lower()
            same = value is not None and (
                str(value).lower() == pattern or (pattern == "a*" and str(value).lower().startswith("a"))
            )
            return same is (sign == "=")
    raise AssertionError(tree)


def feed_text(text: str, _folder: Path) -> None:
    condition = parse_where(text, _FIELDS)
    for row in _ROWS:
        condition(row)
    note_on_unknown(_ROWS, condition)


def feed_meaning(tree: Any, _folder: Path) -> None:
    condition = parse_where(_text(tree), _FIELDS)
    for row in _ROWS:
        if condition(row) is not _holds(tree, row):
            raise DifferentAnswerError(f"{_text(tree)} gives {condition(row)} for {dict(row.values)}")
    note_on_unknown(_ROWS, condition)


KINDS = (
    Kind("where", st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=12).map(" ".join)), feed_text),
    Kind("where-meaning", _trees, feed_meaning),
)
