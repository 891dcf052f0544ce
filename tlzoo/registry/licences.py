"""Licences of entries: SPDX expressions, and the licences that a user allows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from tlzoo.errors import UsageError, nearest

if TYPE_CHECKING:
    from tlzoo.registry.entry import Entry

__all__ = [
    "TRAINED_FROM",
    "allows",
    "check_licence",
    "licence_chain",
    "licence_expression",
    "licence_names",
    "licences_by_id",
]

TRAINED_FROM = "trained_from_licences"
"""Option of a published entry: the licences of the entries that its weights were trained from, by id."""

_COMMON = ("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "CC0-1.0", "ISC", "MIT", "MPL-2.0", "Unlicense")
_TOKEN = re.compile(r"\(|\)|[^()\s]+")


def licence_names(names: str | Collection[str] | None) -> tuple[str, ...]:
    """Return licences that a user allows, a list or joined by commas, in SPDX's spelling and without duplicates.

    None and an empty list allow any licence; a text without a licence is an error, as from a variable without a value.

    >>> licence_names("mit,apache-2.0")
    ('MIT', 'Apache-2.0')

    Raises:
        UsageError: If one is not a single SPDX licence, with or without an exception, or a text has none.
    """
    if names is None:
        return ()
    given = names.split(",") if isinstance(names, str) else names
    found = tuple(dict.fromkeys(_single(name.strip()) for name in given if name.strip()))
    if not found and (names or isinstance(names, str)):
        raise UsageError(f"{names!r} has no licence", "name the allowed ones, as in MIT,Apache-2.0, or leave it out")
    return found


def licence_expression(text: str) -> str:
    """Return the licence that a user gives to weights, in SPDX's spelling; ``NOASSERTION`` is for an unknown one.

    >>> licence_expression("apache-2.0 or mit")
    'Apache-2.0 OR MIT'

    Raises:
        UsageError: If it is not an SPDX expression.
    """
    found = "NOASSERTION" if text.strip().upper() == "NOASSERTION" else _canonical(text)
    if found is None or not text.strip():
        raise UsageError(
            f"{text!r} is not a licence",
            "use an SPDX expression (https://spdx.org/licenses/), such as Apache-2.0, or LicenseRef-NAME for others",
        )
    return found


def allows(allowed: Collection[str], licence: str) -> bool:
    """Return whether allowed licences satisfy an SPDX expression, ignoring case.

    One part of ``OR`` has to be allowed, and all parts of ``AND``; a licence ``WITH`` an exception is another licence
    than the one without. ``NOASSERTION`` and other texts that are not SPDX expressions are never allowed.

    >>> allows(["MIT"], "mit OR GPL-2.0-only"), allows(["MIT"], "MIT AND CC-BY-4.0"), allows(["MIT"], "NOASSERTION")
    (True, False, False)
    """
    expression = _canonical(licence)
    if expression is None:
        return False
    known = {each.lower() for each in allowed}
    return _Expression(expression).value(lambda name: name.lower() in known)


def licence_chain(entry: Entry) -> tuple[tuple[str, str], ...]:
    """Return ids with licences: of the entry, then of the entries that it was trained from.

    An id may occur twice, as an entry of your own may replace the one that it was trained from.
    """
    known = entry.options.get(TRAINED_FROM)
    earlier = known.items() if isinstance(known, Mapping) else ()
    return ((entry.id, entry.licence), *((str(name), str(licence)) for name, licence in earlier))


def licences_by_id(entry: Entry) -> dict[str, str]:
    """Return the licences of ``licence_chain`` by id; two different ones of the same id are joined by ``AND``."""
    found: dict[str, str] = {}
    for name, licence in licence_chain(entry):
        known = found.setdefault(name, licence)
        if known != licence:
            found[name] = f"({known}) AND ({licence})"
    return found


def check_licence(entry: Entry, allowed: Collection[str]) -> None:
    """Raise UsageError if an entry, or one that it was trained from, has another licence than those allowed.

    Args:
        entry: The entry.
        allowed: SPDX licences; empty allows all.
    """
    if not allowed:
        return
    for number, (name, licence) in enumerate(licence_chain(entry)):
        if allows(allowed, licence):
            continue
        who = name if number == 0 else f"{entry.id} is trained from {name}, which"
        others = f"choose another entry: tlzoo list --where 'licence = \"{next(iter(allowed))}\"'"
        if licence.upper() in {"NOASSERTION", "NONE"}:
            raise UsageError(f"{who} states no licence; allowed: {', '.join(allowed)}", others)
        missing = _missing(allowed, licence)
        fix = f"{others}, or add {missing} to licences" if missing else others
        raise UsageError(f"{who} has the licence {licence}; allowed: {', '.join(allowed)}", fix)


def _missing(allowed: Collection[str], licence: str) -> str:
    """Return the licences of an expression that are not allowed, joined by ``and``, or by ``or`` if it has a choice."""
    names: list[str] = []

    def record(name: str) -> bool:
        names.append(name)
        return False

    expression = _canonical(licence)
    if expression is not None:
        _Expression(expression).value(record)
    missing = dict.fromkeys(name for name in names if not allows(allowed, name))
    return f" {'or' if ' OR ' in licence.upper() else 'and'} ".join(missing)


def _single(name: str) -> str:
    found = _canonical(name)
    if found is None or re.search(r"\bAND\b|\bOR\b|[()]", found):
        close = nearest(name, _COMMON)
        fix = f"did you mean {close[0]}?" if close else "use names such as MIT,Apache-2.0 (https://spdx.org/licenses/)"
        raise UsageError(f"{name!r} is not the SPDX name of a licence", fix)
    return found


def _canonical(expression: str) -> str | None:
    """Return an SPDX expression in its usual spelling; None for other texts."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return str(canonicalize_license_expression(expression))
    except InvalidLicenseExpression:
        return None


class _Expression:
    """A valid SPDX expression: ``AND`` binds more strongly than ``OR``."""

    def __init__(self, text: str) -> None:
        self.tokens: Iterator[str] = iter([*_TOKEN.findall(text), ""])
        self.next = next(self.tokens)

    def value(self, holds: Callable[[str], bool]) -> bool:
        found = self._all(holds)
        while self._take("OR"):
            found = self._all(holds) or found
        return found

    def _all(self, holds: Callable[[str], bool]) -> bool:
        found = self._one(holds)
        while self._take("AND"):
            found = self._one(holds) and found
        return found

    def _one(self, holds: Callable[[str], bool]) -> bool:
        if self._take("("):
            found = self.value(holds)
            self._take(")")
            return found
        name = self._shift()
        return holds(f"{name} WITH {self._shift()}" if self._take("WITH") else name)

    def _take(self, token: str) -> bool:
        return self.next == token and bool(self._shift())

    def _shift(self) -> str:
        token, self.next = self.next, next(self.tokens, "")
        return token
