"""Roles of a table's columns."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from tlzoo.data.adapters.tables.times import TIME_PREFIX
from tlzoo.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_TEXTS = 2
_MOST_SHOWN = 20
_SEVERAL = ("text", "numbers", "label", "target")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns by role.

    Inputs are ``text`` (one, or two for pairs) with ``numbers`` appended, ``image`` (paths), or ``numbers``
    only. Labels are
    one ``label``, several of 0 and 1, or ``target`` (numbers).
    """

    text: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    weight: tuple[str, ...] = ()
    time: tuple[str, ...] = ()

    @property
    def roles(self) -> dict[str, tuple[str, ...]]:
        """The columns of each role that has columns."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return {role: names for role, names in named.items() if names}

    @property
    def numeric(self) -> frozenset[str]:
        """The columns of numbers, or of 0 and 1."""
        flags = self.label if len(self.label) > 1 else ()
        return frozenset((*self.numbers, *self.target, *self.weight, *flags))

    @property
    def used(self) -> tuple[str, ...]:
        """All columns, each once."""
        return tuple(dict.fromkeys(name for names in self.roles.values() for name in names))


ROLES = tuple(each.name for each in fields(Columns) if each.name != "time")
"""Options that name columns."""

OPTIONS = (*ROLES, "labels", "classes", "missing", "task", "alpha", "suffix", "root")
"""Options of tables of all formats."""


def read_columns(options: Mapping[str, str], header: Sequence[str], source: str) -> Columns:
    """Return the columns in a source's options. Raises UsageError for a missing role or an unknown column."""
    columns = _named(ROLES, options, header, source)
    _check(columns, header, source)
    return columns


def read_input_columns(options: Mapping[str, str], header: Sequence[str], source: str) -> Columns:
    """Return the columns of the inputs, without labels. Raises UsageError as ``read_columns`` does."""
    columns = _named(("text", "numbers", "image"), options, header, source)
    if not (columns.text or columns.image or columns.numbers):
        known = _shown(header)
        fix = f"name it, as in '{source}?text=COLUMN'; its columns: {known}"
        raise UsageError(f"{source}: which column is the input? text= or image= is missing", fix)
    return columns


def _named(roles: Sequence[str], options: Mapping[str, str], header: Sequence[str], source: str) -> Columns:
    options = _with_time(options, header)
    named = {
        role: named_columns(options[role], header) if role in _SEVERAL else (options[role],)
        for role in (*roles, *(("time",) if "split" in roles else ()))
        if options.get(role)
    }
    columns = Columns(**named)
    for name in columns.used:
        if name not in header:
            raise UsageError(f"{source} has no column {name!r}", did_you_mean(name, header, valid="its columns"))
    return columns


def _with_time(options: Mapping[str, str], header: Sequence[str]) -> dict[str, str]:
    """Return the options with the role ``time`` for ``split=time:COLUMN``, unless a column has this name."""
    named = {role: value for role, value in options.items() if role != "time"}
    value = options.get("split", "")
    if not value.startswith(TIME_PREFIX) or value in header:
        return named
    return {role: value for role, value in named.items() if role != "split"} | {"time": value.removeprefix(TIME_PREFIX)}


def _check(columns: Columns, header: Sequence[str], source: str) -> None:
    for wanted, what in ((("text", "image"), "the input"), (("label", "target"), "the label")):
        given = [role for role in wanted if role in columns.roles]
        if not given and not (columns.numbers and "text" in wanted):
            known = _shown(header)
            fix = f"name it, as in '{source}?text=COLUMN&label=COLUMN'; its columns: {known}"
            raise UsageError(f"{source}: which column is {what}? {'= or '.join(wanted)}= is missing", fix)
        if len(given) > 1:
            raise UsageError(f"{source} has both {given[0]} and {given[1]}", "leave one of them out")
    if len(columns.text) > _MOST_TEXTS:
        raise UsageError(f"{source}: {len(columns.text)} text columns", "name one, or two for a pair of texts")
    if columns.numbers and columns.image:
        raise UsageError(f"{source} has both numbers and image", "leave one of them out")


def _shown(header: Sequence[str]) -> str:
    """Return the names of the first columns; columns without a name cannot be used."""
    names = [name for name in header if name]
    return ", ".join(map(repr, names[:_MOST_SHOWN])) + (", …" if len(names) > _MOST_SHOWN else "")


def named_columns(value: str, header: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of ``a+b`` or ``a,b``, unless it is the name of one."""
    return (value,) if value in header else tuple(value.replace(",", "+").split("+"))
