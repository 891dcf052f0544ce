"""Pairs ``(x, y)`` and triples ``(x, y, weights)`` of arrays and lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, final

from tlzoo.data.adapters.memory.kinds import Content, Part
from tlzoo.data.adapters.memory.samples import OPTIONS, content_of, options_of_inputs
from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.progress import Progress

__all__ = ["Arrays"]

_PAIR, _TRIPLE = 2, 3
_SOURCE = re.compile(r"[a-z][a-z0-9+.-]+:\S*")


@final
class Arrays:
    """Inputs with their labels, and weights if there are any: a tuple. Inputs alone are a list or an array."""

    options: tuple[str, ...] = OPTIONS

    def recognizes(self, given: Any) -> bool:
        """Return whether an object is a tuple, a list or an array."""
        return isinstance(given, tuple | list) or hasattr(given, "__array__")

    def defaults(self, given: Any, known: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG002 - all fit
        """Return the options of other data that also apply here."""
        return options_of_inputs(known)

    def has_labels(self, given: Any, options: Mapping[str, str]) -> bool:  # noqa: ARG002
        """Return whether an object is a pair of inputs and labels."""
        return isinstance(given, tuple) and len(given) in {_PAIR, _TRIPLE} and given[1] is not None

    def read(self, data: Mapping[str, Any], options: Mapping[str, str], progress: Progress) -> Content:
        """Read the inputs and labels of all splits."""
        parts = {name: _part(given, labelled=options.get("labels") != "none") for name, given in data.items()}
        return content_of(parts, options, progress)


def _part(given: Any, *, labelled: bool) -> Part:
    if not labelled:
        return Part(given[0] if isinstance(given, tuple) and len(given) in {_PAIR, _TRIPLE} else given)
    if isinstance(given, tuple) and len(given) in {_PAIR, _TRIPLE}:
        if given[1] is None:
            raise UsageError("data have no labels: y is None", "give (x, y)")
        return Part(*given)
    if isinstance(given, list) and given and all(isinstance(each, str) and _SOURCE.match(each) for each in given):
        what = f"data must be one source string; got a list of {len(given)}"
        raise UsageError(what, "put all inputs into one folder or table")
    if isinstance(given, tuple):
        raise UsageError(f"data is a tuple of {len(given)}", "give (x, y) or (x, y, weights)")
    shape = f" of shape {given.shape}" if hasattr(given, "shape") else f" of {len(given)}"
    fix = "give a tuple: data=(x, y)"
    raise UsageError(f"data have no labels: got {type(given).__name__}{shape}", fix)
