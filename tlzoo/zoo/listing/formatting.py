"""Formatting of values for people."""

from __future__ import annotations

from .fields import Field, Value, words

_PLAIN_BELOW = 10_000


def shown(field: Field, value: Value) -> str:
    """Return a field's value as text: ``3.5M``, ``14.0 MB``, ``71.3 %``, ``yes``; a dash if unknown."""
    if value is None or value in ("", (), []):
        return "-"
    match field.kind:
        case "flag":
            return "yes" if value else "no"
        case "share":
            return f"{100 * _number(value):.1f} %"
        case "count" | "bytes":
            return with_unit(_number(value), of_bytes=field.kind == "bytes")
    return f"{value:g}" if isinstance(value, float) else " ".join(words(value))


def _number(value: Value) -> float:
    assert isinstance(value, int | float), "fields of these kinds hold numbers"
    return value


def with_unit(value: float, *, of_bytes: bool = False) -> str:
    """Return a number with unit: ``980``, ``3.54M``; as bytes ``980 B``, ``14.2 MB``."""
    suffix = (" ", "B") if of_bytes else ("", "")
    if of_bytes or abs(value) >= _PLAIN_BELOW:
        for limit, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
            if abs(value) >= limit:
                return f"{value / limit:.3g}{suffix[0]}{unit}{suffix[1]}"
    return f"{value:g}{''.join(suffix)}"
