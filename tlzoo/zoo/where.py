"""The language of ``--where``: ``params < 10M and (modality = vision or not licence = "CC*")``.

::

    either     = both { "or" both }
    both       = one { "and" one }
    one        = "not" one | "(" either ")" | FIELD [ SIGN VALUE ]
    SIGN       = "=" | "!=" | "<" | "<=" | ">" | ">="
    VALUE      = number with a unit (10M, 14.2 MB, 75 %), or a word, quoted where it holds blanks; "=" takes wildcards

What is not known is neither less nor more nor equal; a field that is a flag may stand alone.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple, NoReturn, final

from tlzoo.errors import UsageError, did_you_mean

from .fields import Field, Row, Value

Condition = Callable[[Row], bool]

_FIGURE = r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_UNIT = r"%|[KMGT]?i?B|[KMGT]"
_PLAIN = r"[^\s()<>=!\"']"
_TOKEN = re.compile(
    rf"""\s*(?:(?P<sign><=|>=|!=|==|=|<|>)|(?P<mark>[()])|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|"""
    rf"""(?P<word>(?i:{_FIGURE}\s+(?:{_UNIT}))(?!{_PLAIN})|{_PLAIN}+))"""
)
_NUMBER = re.compile(rf"({_FIGURE})\s*({_UNIT})?", re.IGNORECASE)
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_POWERS = " KMGT"
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_ALL, _ANY, _NOT = "and", "or", "not"


def parse_where(text: str, fields: Mapping[str, Field]) -> Condition:
    """Return the condition that a text says; raise UsageError, with the place, where it says none."""
    parser = _Parser(text, fields)
    condition = parser.either()
    if parser.token is not None:
        parser.refuse(f"{parser.token.text!r} comes after the end", "join conditions by 'and' or 'or'")
    return condition


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


@final
class _Parser:
    """Recursive descent: one method a rule, one token of look-ahead."""

    def __init__(self, text: str, fields: Mapping[str, Field]) -> None:
        self.text, self.fields, self.position = text, fields, 0
        self.token: _Token | None = None
        self.advance()

    def either(self) -> Condition:
        conditions = [self.both()]
        while self.take("word", _ANY):
            conditions.append(self.both())
        return conditions[0] if len(conditions) == 1 else lambda row: any(each(row) for each in conditions)

    def both(self) -> Condition:
        conditions = [self.one()]
        while self.take("word", _ALL):
            conditions.append(self.one())
        return conditions[0] if len(conditions) == 1 else lambda row: all(each(row) for each in conditions)

    def one(self) -> Condition:
        if self.take("word", _NOT):
            denied = self.one()
            return lambda row: not denied(row)
        if self.take("mark", "("):
            inner = self.either()
            if not self.take("mark", ")"):
                self.refuse("a ')' is missing", "close what was opened")
            return inner
        return self.comparison()

    def comparison(self) -> Condition:
        if self.token is None or self.token.kind != "word" or self.token.text.lower() in {_ALL, _ANY}:
            self.refuse("a field is missing", "write FIELD SIGN VALUE, such as params < 10M")
        if _NUMBER.fullmatch(self.token.text):
            self.refuse(f"a field comes first, not {self.token.text!r}", "write FIELD SIGN VALUE, such as params < 10M")
        if self.token.text not in self.fields:
            self.refuse(f"no field {self.token.text!r}", did_you_mean(self.token.text, self.fields, valid="fields"))
        field = self.fields[self.token.text]
        self.advance()
        if self.token is None or self.token.kind != "sign":
            if field.kind == "flag":
                return lambda row: bool(field.of(row))
            self.refuse(f"a sign is missing after {field.name!r}", "valid: = != < <= > >=")
        sign = self.token.text.replace("==", "=")
        if sign in _ORDER and not field.is_number:
            self.refuse(f"{field.name!r} is not a number", "compare it with = or !=")
        self.advance()
        equal = self.comparing(field, sign)
        return equal if sign != "!=" else lambda row: not equal(row)

    def comparing(self, field: Field, sign: str) -> Condition:
        if self.token is None or self.token.kind not in {"word", "quoted"}:
            self.refuse("a value is missing", "quote it if it holds signs or parentheses")
        if field.is_number:
            number, compare = self.number(field, self.token.text), _ORDER.get(sign, operator.eq)
            self.advance()
            self.refuse_unit()
            return lambda row: (value := field.of(row)) is not None and bool(compare(value, number))
        if field.kind == "flag":
            if self.token.text.lower() not in _FLAGS:
                self.refuse(f"{field.name!r} is yes or no, not {self.token.text!r}", "write yes or no")
            flag = _FLAGS[self.token.text.lower()]
            self.advance()
            return lambda row: field.of(row) is flag
        pattern = self.token.text.lower()
        self.advance()
        return lambda row: _fits(field.of(row), pattern)

    def refuse_unit(self) -> None:
        """Refuse a word after a number that is neither a unit, which would be part of it, nor the next condition."""
        if self.token is not None and self.token.kind == "word":
            word = self.token.text
            if word.lower() not in {_ALL, _ANY, _NOT} and word not in self.fields and not _NUMBER.fullmatch(word):
                self.refuse(f"{word!r} is no unit", "valid: K, M, G, T, %, and of bytes kB, MB, GB, KiB, MiB, GiB")

    def number(self, field: Field, text: str) -> float:
        match = _NUMBER.fullmatch(text)
        if match is None:
            self.refuse(f"{field.name!r} is a number, {text!r} is not", "write it as 10M, 0.5, 75% or 2GB")
        figure, unit = float(match[1]), (match[2] or "").upper()
        if unit.endswith("B") and field.kind != "bytes":
            self.refuse(f"{field.name!r} is not counted in bytes", f"write {match[1]}{unit.rstrip('IB') or 'G'}")
        if unit == "%":
            figure /= 100
        else:
            figure *= (1024 if "I" in unit else 1000) ** _POWERS.index(unit[:1].replace("B", "") or " ")
        if field.kind == "share" and figure > 1:
            self.refuse(f"{field.name!r} is a share, at most 1", f"write {match[1]}% or {figure / 100:g}")
        return figure

    def take(self, kind: str, text: str) -> bool:
        """Go past the next token if it is this one."""
        if self.token is None or self.token.kind != kind or self.token.text.lower() != text:
            return False
        self.advance()
        return True

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.position)
        if match is None:
            self.token = None
            rest = self.text[self.position :].lstrip()
            if rest:
                self.position = len(self.text) - len(rest)
                quote = rest[0] in "\"'"
                self.refuse(
                    "a quote is not closed" if quote else f"{rest[0]!r} means nothing here", "see `tlzoo list --help`"
                )
            return
        kind = match.lastgroup or ""
        start = match.start(kind) - (kind in {"double", "single"})
        self.token = _Token("quoted" if kind in {"double", "single"} else kind, match[kind], start)
        self.position = match.end()

    def refuse(self, problem: str, fix: str) -> NoReturn:
        place = self.token.start if self.token else self.position
        raise UsageError(f"where {self.text!r}, at character {place + 1}: {problem}", fix)


def _fits(value: Value, pattern: str) -> bool:
    words = value if isinstance(value, tuple) else () if value is None else (str(value),)
    return any(fnmatchcase(word.lower(), pattern) for word in words)
