"""Licence in the front matter of a model card, as an SPDX expression."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["UNKNOWN", "licence_of", "spdx_name"]

UNKNOWN = "NOASSERTION"
"""SPDX's name of an unknown licence."""

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?P<lines>.*?)\r?\n---[ \t]*(\r?\n|\Z)", re.DOTALL)
_LINE = re.compile(r"^(?P<key>licen[sc]e(_name)?)[ \t]*:[ \t]*(?P<value>[^#\r\n]*)", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,60}")
_SPDX: Mapping[str, str] = {
    each.lower(): each
    for each in (
        *("AFL-3.0", "AGPL-3.0", "Apache-2.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Clear"),
        *("BSL-1.0", "CC0-1.0", "CC-BY-2.0", "CC-BY-2.5", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-NC-2.0", "CC-BY-NC-3.0"),
        *("CC-BY-NC-4.0", "CC-BY-NC-ND-3.0", "CC-BY-NC-ND-4.0", "CC-BY-NC-SA-2.0", "CC-BY-NC-SA-3.0"),
        *("CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CDLA-Permissive-1.0"),
        *("CDLA-Permissive-2.0", "CDLA-Sharing-1.0", "ECL-2.0", "EPL-1.0", "EPL-2.0", "EUPL-1.1", "EUPL-1.2"),
        *("GPL-2.0", "GPL-3.0", "ISC", "LGPL-2.1", "LGPL-3.0", "LPPL-1.3c", "MIT", "MPL-2.0", "MS-PL", "NCSA"),
        *("ODbL-1.0", "OFL-1.1", "OSL-3.0", "PDDL-1.0", "PostgreSQL", "Unlicense", "WTFPL", "Zlib"),
    )
}


def spdx_name(text: str) -> str | None:
    """Return a licence in SPDX's spelling; None if it is not in the list of usual licences.

    >>> spdx_name("apache-2.0")
    'Apache-2.0'
    """
    return _SPDX.get(text.lower())


def licence_of(card: str) -> str:
    """Return the licence in the front matter of a model card.

    Args:
        card: Content of ``README.md``.

    Returns:
        An SPDX expression: ``LicenseRef-…`` for a licence without an SPDX name, ``NOASSERTION`` if there is none.
    """
    front = _FRONT.match(card)
    found = (
        {line["key"]: line["value"].strip().strip("'\"") for line in _LINE.finditer(front["lines"])} if front else {}
    )
    named = found.get("license") or found.get("licence") or ""
    if named.lower() == "other":
        named = found.get("license_name") or named
    known = spdx_name(named)
    if known is not None:
        return known
    return f"LicenseRef-{named}" if _PLAIN.fullmatch(named) and named.lower() != "unknown" else UNKNOWN
