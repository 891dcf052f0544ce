"""The language of ``--where``: ``params < 10M and (modality = vision or not licence = "CC*")``.

::

    either     = both { "or" both }
    both       = one { "and" one }
    one        = "not" one | "(" either ")" | FIELD [ SIGN VALUE | [ "is" ] ( "known" | "unknown" ) ]
    SIGN       = "=" | "!=" | "<" | "<=" | ">" | ">="
    VALUE      = number with a unit (10M, 14.2 MB, 75 %), or a word, quoted if it contains blanks; "=" takes wildcards

Comparisons with unknown values are false. A flag may be used without a comparison. ``size unknown or size < 10M``
includes entries of unknown size. ``note_on_unknown`` counts entries that are excluded or included only because of an
unknown value, as in ``not size < 10M``.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple, NoReturn, final

from tlzoo.errors import UsageError, did_you_mean

from .fields import Field, Row, Value, words

_Decision = Callable[[Row], bool | None]


class Condition(NamedTuple):
    """A condition on an entry: whether it ``holds``, and whether unknown values could change the result."""

    holds: Callable[[Row], bool]
    decides: _Decision
    fields: tuple[Field, ...] = ()

    def __call__(self, row: Row) -> bool:
        """Return whether the condition holds."""
        return self.holds(row)


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
_DEEPEST = 100


def parse_where(text: str, fields: Mapping[str, Field]) -> Condition:
    """Parse a condition; raise UsageError, with the position, if it is invalid."""
    parser = _Parser(text, fields)
    condition = parser.either()
    if parser.token is not None:
        parser.refuse(
            f"{parser.token.text!r} comes after the end of the condition", "join conditions with 'and' or 'or'"
        )
    return condition


def note_on_unknown(rows: Iterable[Row], condition: Condition) -> str | None:
    """Return a note on entries that a condition excludes or includes only because a value is unknown.

    For these entries, another value of an unknown field could change the result. None if there are no such entries.
    """
    undecided = [row for row in rows if condition.decides(row) is None]
    excluded = [row for row in undecided if not condition.holds(row)]
    included = [row for row in undecided if condition.holds(row)]
    notes = []
    if excluded:
        names = _unknown_fields(excluded, condition)
        said = f"{_entries(excluded)} excluded because of unknown {' or '.join(names)}"
        notes.append(f"{said}; '{names[0]} unknown or …' includes them")
    if included:
        names = _unknown_fields(included, condition)
        said = f"{_entries(included)} included despite unknown {' or '.join(names)}"
        notes.append(f"{said}; '{names[0]} known and …' excludes them")
    return "\n".join(notes) or None


def _unknown_fields(rows: Iterable[Row], condition: Condition) -> list[str]:
    """Return a condition's fields with unknown values in the rows, most frequent first."""
    unknown = Counter(name for row in rows for name in {each.name for each in condition.fields if each.of(row) is None})
    return [name for name, _ in unknown.most_common()]


def _entries(rows: Sequence[Row]) -> str:
    return "1 entry" if len(rows) == 1 else f"{len(rows)} entries"


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


@final
class _Parser:
    """Recursive descent parser: one method per rule, one token of look-ahead."""

    def __init__(self, text: str, fields: Mapping[str, Field]) -> None:
        self.text, self.fields, self.position, self.depth = text, fields, 0, 0
        self.token: _Token | None = None
        self.advance()

    def either(self) -> Condition:
        conditions = [self.both()]
        while self.take("word", _ANY):
            conditions.append(self.both())
        return conditions[0] if len(conditions) == 1 else _joined(conditions, any)

    def both(self) -> Condition:
        conditions = [self.one()]
        while self.take("word", _ALL):
            conditions.append(self.one())
        return conditions[0] if len(conditions) == 1 else _joined(conditions, all)

    def one(self) -> Condition:
        self.depth += 1
        if self.depth > _DEEPEST:
            self.refuse(f"more than {_DEEPEST} nested conditions", "use fewer parentheses")
        condition = self.innermost()
        self.depth -= 1
        return condition

    def innermost(self) -> Condition:
        if self.take("word", _NOT):
            return _denied(self.one())
        if self.take("mark", "("):
            inner = self.either()
            if not self.take("mark", ")"):
                self.refuse("a ')' is missing", "close the parenthesis")
            return inner
        return self.comparison()

    def comparison(self) -> Condition:
        if self.token is None or self.token.kind != "word" or self.token.text.lower() in {_ALL, _ANY}:
            self.refuse("a field is missing", "use FIELD SIGN VALUE, such as params < 10M")
        if _NUMBER.fullmatch(self.token.text):
            self.refuse(f"expected a field, not {self.token.text!r}", "use FIELD SIGN VALUE, such as params < 10M")
        if self.token.text not in self.fields:
            self.refuse(f"no field {self.token.text!r}", did_you_mean(self.token.text, self.fields, valid="fields"))
        field = self.fields[self.token.text]
        self.advance()
        if (is_known := self.asked_known()) is not None:
            return _plain(lambda row: (field.of(row) is not None) is is_known)
        if self.token is None or self.token.kind != "sign":
            if field.kind == "flag":
                return _plain(lambda row: bool(field.of(row)))
            self.refuse(f"a comparison sign is missing after {field.name!r}", "valid: = != < <= > >=")
        sign = self.token.text.replace("==", "=")
        if sign in _ORDER and not field.is_number:
            self.refuse(f"{field.name!r} is not a number", "compare it with = or !=")
        self.advance()
        holds = self.comparing(field, sign)
        condition = Condition(holds, lambda row: None if field.of(row) is None else holds(row), (field,))
        return condition if sign != "!=" else _denied(condition)

    def asked_known(self) -> bool | None:
        """Skip ``known``, ``unknown``, ``is known`` or ``is unknown``; None if none of them follows."""
        is_ = self.take("word", "is")
        if self.take("word", "known"):
            return True
        if self.take("word", "unknown"):
            return False
        if is_:
            self.refuse("'is' is only valid before 'known' or 'unknown'", "valid: = != < <= > >=")
        return None

    def comparing(self, field: Field, sign: str) -> Callable[[Row], bool]:
        if self.token is None or self.token.kind not in {"word", "quoted"}:
            self.refuse("a value is missing", "quote it if it contains signs or parentheses")
        if field.is_number:
            number, compare = self.number(field, self.token.text), _ORDER.get(sign, operator.eq)
            self.advance()
            self.refuse_unit()
            return lambda row: (value := field.of(row)) is not None and bool(compare(value, number))
        if field.kind == "flag":
            if self.token.text.lower() not in _FLAGS:
                self.refuse(f"{field.name!r} must be yes or no, not {self.token.text!r}", "use yes or no")
            flag = _FLAGS[self.token.text.lower()]
            self.advance()
            return lambda row: field.of(row) is flag
        pattern = self.token.text.lower()
        self.advance()
        return lambda row: _fits(field.of(row), pattern)

    def refuse_unit(self) -> None:
        """Reject a word after a number that is neither a unit nor the start of the next condition."""
        if self.token is not None and self.token.kind == "word":
            word = self.token.text
            if word.lower() not in {_ALL, _ANY, _NOT} and word not in self.fields and not _NUMBER.fullmatch(word):
                self.refuse(f"{word!r} is not a unit", "valid: K, M, G, T, %; for bytes kB, MB, GB, KiB, MiB, GiB")

    def number(self, field: Field, text: str) -> float:
        match = _NUMBER.fullmatch(text)
        if match is None:
            self.refuse(f"{field.name!r} is a number, but {text!r} is not", "use a number such as 10M, 0.5, 75% or 2GB")
        figure, unit = float(match[1]), (match[2] or "").upper()
        if unit.endswith("B") and field.kind != "bytes":
            self.refuse(f"{field.name!r} is not in bytes", f"use {match[1]}{unit.rstrip('IB') or 'G'}")
        if unit == "%":
            figure /= 100
        else:
            figure *= (1024 if "I" in unit else 1000) ** _POWERS.index(unit[:1].replace("B", "") or " ")
        if field.kind == "share" and figure > 1:
            self.refuse(f"{field.name!r} is a fraction, at most 1", f"use {match[1]}% or {figure / 100:g}")
        return figure

    def take(self, kind: str, text: str) -> bool:
        """Skip the next token if it is this one."""
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
                self.refuse("a quote is not closed" if quote else f"unexpected {rest[0]!r}", "see `tlzoo list --help`")
            return
        kind = match.lastgroup or ""
        start = match.start(kind) - (kind in {"double", "single"})
        self.token = _Token("quoted" if kind in {"double", "single"} else kind, match[kind], start)
        self.position = match.end()

    def refuse(self, problem: str, fix: str) -> NoReturn:
        place = self.token.start if self.token else self.position
        raise UsageError(f"where {self.text!r}, at character {place + 1}: {problem}", fix)


def _plain(holds: Callable[[Row], bool]) -> Condition:
    """Return a condition that does not depend on unknown values."""
    return Condition(holds, holds)


def _denied(condition: Condition) -> Condition:
    def decides(row: Row) -> bool | None:
        decided = condition.decides(row)
        return None if decided is None else not decided

    return Condition(lambda row: not condition.holds(row), decides, condition.fields)


def _joined(conditions: list[Condition], join: Callable[[Iterable[bool]], bool]) -> Condition:
    """Join by ``all`` or ``any``; the result is in doubt if an unknown part could change it (Kleene's logic)."""

    def decides(row: Row) -> bool | None:
        decided = [each.decides(row) for each in conditions]
        sure, possible = (
            join(bool(each) if each is not None else doubt for each in decided) for doubt in (False, True)
        )
        return sure if sure == possible else None

    fields = tuple(field for each in conditions for field in each.fields)
    return Condition(lambda row: join(each.holds(row) for each in conditions), decides, fields)


def _fits(value: Value, pattern: str) -> bool:
    return any(fnmatchcase(word.lower(), pattern) for word in words(value))
