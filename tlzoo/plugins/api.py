"""The version of the plugin API, and whether a plugin's range holds it."""

from __future__ import annotations

import operator
import re

API_VERSION = "0.1"
"""Counted up in the second place when the public names for plugins grow, in the first when one goes."""

_HOLDS = {">=": operator.ge, "<=": operator.le, "==": operator.eq, "<": operator.lt, ">": operator.gt}


def within(version: str, limits: str) -> bool:
    """Say whether a version lies in a range.

    >>> within("0.1", ">=0.1,<0.2"), within("0.2", ">=0.1,<0.2"), within("0.10", ">0.9")
    (True, False, True)
    """
    clauses = re.findall(r"(>=|<=|==|<|>)\s*([\d.]+)", limits)
    return bool(clauses) and all(_HOLDS[sign](_numbers(version), _numbers(limit)) for sign, limit in clauses)


def _numbers(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
