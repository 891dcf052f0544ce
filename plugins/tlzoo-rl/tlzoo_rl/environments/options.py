"""Options of a source string: the adaptation of observations, and values of parameters."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from tlzoo.errors import UsageError
from tlzoo_rl.environments.spaces import Form, Observing

__all__ = ["OBSERVING", "observing", "parsed", "positive"]

OBSERVING = ("key", "observations", "pad", "stack", "skip")
"""Options that adapt observations."""
_FORMS: tuple[Form, ...] = ("pixels", "array")


def observing(options: Mapping[str, str], source: str) -> Observing:
    """Return the adaptation of observations; raise UsageError for an invalid value."""
    taken = options.get("observations")
    form = next((each for each in _FORMS if each == taken), None)
    positions = None if taken is None or form else tuple(_position(each, source) for each in taken.split(","))
    return Observing(
        key=options.get("key"),
        observations=positions,
        pad=_whole(options["pad"], "pad", source) if "pad" in options else None,
        form=form,
        stack=positive(options, "stack", source),
        skip=positive(options, "skip", source),
    )


def _position(text: str, source: str) -> int:
    if not text.strip().isdecimal():
        raise UsageError(
            f"{source}: observations={text} is neither pixels nor array nor a position",
            "use observations=pixels, or positions of a vector: observations=0,2",
        )
    return int(text)


def positive(options: Mapping[str, str], name: str, source: str) -> int:
    """Return an option that is a whole number of at least 1, by default 1."""
    number = _whole(options.get(name, "1"), name, source)
    if number < 1:
        raise UsageError(f"{source}: {name} must be at least 1", f"use {name}=1 or more")
    return number


def _whole(text: str, what: str, source: str) -> int:
    if not text.strip().isdecimal():
        raise UsageError(f"{source}: {what}={text} is not a whole number")
    return int(text)


def parsed(text: str) -> Any:
    """Return a number or a flag if the text is one, otherwise the text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # not TOML, too long a number, or nested too deeply
        return text
