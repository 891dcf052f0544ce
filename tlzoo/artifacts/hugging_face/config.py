"""Values of an untrusted JSON file, read with type and range."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tlzoo.errors import BytesRefusedError

__all__ = ["HubConfig", "parsed_object"]

_LONGEST_SHOWN = 60
_LONGEST_TEXT, _LONGEST_LIST = 200, 32
_LARGEST = 1000.0
"""Largest number of ``number`` and ``numbers``."""

_MOST_SIZE, _DEEPEST = 10_000_000, 4
"""Largest number of ``check_sizes``, and the largest depth of its lists."""


@dataclass(frozen=True, slots=True)
class HubConfig:
    """The untrusted values of a JSON file, read with type and range."""

    values: Mapping[str, Any]
    what: str
    """Start of messages: repository and name of the file."""

    def integer(self, name: str, *, most: int, least: int = 1, default: int | None = None) -> int:
        """Return an integer from ``least`` to ``most``; ``default`` if the file does not have it.

        Raises:
            BytesRefusedError: If it is missing without a default, or is another value.
        """
        value = self._value(name, default)
        if type(value) is int and least <= value <= most:
            return value
        raise self._wrong(name, f"an integer from {least:,} to {most:,}", value)

    def integers(self, name: str, *, most: int, count: int | None = None) -> tuple[int, ...]:
        """Return a list of ``count`` integers from 1 to ``most``; None: 1 to 32 integers.

        Raises:
            BytesRefusedError: If it is missing, or is another value.
        """
        value = self._value(name, None)
        lengths = range(1, _LONGEST_LIST + 1) if count is None else (count,)
        if isinstance(value, list) and len(value) in lengths and all(_is_integer(each, most) for each in value):
            return tuple(value)
        many = f"1 to {_LONGEST_LIST}" if count is None else str(count)
        raise self._wrong(name, f"a list of {many} integers from 1 to {most:,}", value)

    def numbers(self, name: str, *, count: int) -> tuple[float, ...]:
        """Return a list of ``count`` numbers between -1000 and 1000.

        Raises:
            BytesRefusedError: If it is missing, or is another value.
        """
        value = self._value(name, None)
        if isinstance(value, list) and len(value) == count and all(map(_is_number, value)):
            return tuple(map(float, value))
        raise self._wrong(name, f"a list of {count} numbers", value)

    def number(self, name: str, default: float | None = None) -> float:
        """Return a number between -1000 and 1000; ``default`` if the file does not have it.

        Raises:
            BytesRefusedError: If it is missing without a default, or is another value.
        """
        value = self._value(name, default)
        if _is_number(value):
            return float(value)
        raise self._wrong(name, "a number", value)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a printable text of at most 200 characters; ``default`` if the file does not have it.

        Raises:
            BytesRefusedError: If it is missing without a default, or is another value.
        """
        value = self._value(name, default)
        if isinstance(value, str) and value.isprintable() and len(value) <= _LONGEST_TEXT:
            return value
        raise self._wrong(name, "a text", value)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return true or false; ``default`` if the file does not have it, or has null.

        Raises:
            BytesRefusedError: If it is another value.
        """
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        raise self._wrong(name, "true or false", value)

    def table(self, name: str) -> HubConfig:
        """Return a nested object.

        Raises:
            BytesRefusedError: If it is missing, or is another value.
        """
        value = self._value(name, None)
        if isinstance(value, dict):
            return HubConfig(value, f"{self.what}: {name}")
        raise self._wrong(name, "an object", value)

    def check_sizes(self, *, without: Collection[str] = ()) -> None:
        """Refuse values that are not sizes: numbers up to ten millions, short texts, flags, null, or lists of these.

        Args:
            without: Names of values that are not checked, because the caller does not use them.

        Raises:
            BytesRefusedError: If there is another value.
        """
        for name, value in self.values.items():
            if name not in without and not _is_size(value, _DEEPEST):
                valid = f"a number up to {_MOST_SIZE:,}, a text, true, false, null or a short list of these"
                raise self._wrong(name, valid, value)

    def _value(self, name: str, default: Any) -> Any:
        value = self.values.get(name, default)
        if value is None and name not in self.values:
            raise BytesRefusedError(f"{self.what} has no {name!r}", "use a repository with a complete file")
        return value

    def _wrong(self, name: str, valid: str, value: Any) -> BytesRefusedError:
        return BytesRefusedError(f"{self.what}: {name} must be {valid}; got {_shown(value)}", "use another repository")


def parsed_object(content: bytes, what: str) -> dict[str, Any]:
    """Return the object in a JSON document; raise BytesRefusedError for anything else."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise BytesRefusedError(f"{what} is not JSON: {said}", "use another repository") from error
    if not isinstance(found, dict):
        raise BytesRefusedError(f"{what} is not a JSON object", "use another repository")
    return found


def _is_integer(value: Any, most: int) -> bool:
    return type(value) is int and 1 <= value <= most


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and -_LARGEST <= value <= _LARGEST


def _is_size(value: Any, depth: int) -> bool:
    if isinstance(value, list):
        return depth > 0 and len(value) <= _LONGEST_LIST and all(_is_size(each, depth - 1) for each in value)
    if isinstance(value, str):
        return value.isprintable() and len(value) <= _LONGEST_TEXT
    return value is None or isinstance(value, bool) or (_is_any_number(value) and abs(value) <= _MOST_SIZE)


def _is_any_number(value: Any) -> bool:
    return type(value) in (int, float)


def _shown(value: Any) -> str:
    """Return a value as JSON, shortened; a huge number has too many digits to be displayed."""
    try:
        text = json.dumps(value)
    except ValueError:
        return "a huge number"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
