"""The command line, and its public functions for the programs of plugins.

Only the module of the requested command is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .entry_point import main, main_of

if TYPE_CHECKING:
    from .arguments.numbers import at_least_one
    from .output import print_json, print_line
    from .parsing import common_arguments
    from .progress import progress_for
    from .quiet_import import import_tensorflow

__all__ = [
    "at_least_one",
    "common_arguments",
    "import_tensorflow",
    "main",
    "main_of",
    "print_json",
    "print_line",
    "progress_for",
]

_HOME = {
    "at_least_one": "arguments.numbers",
    "common_arguments": "parsing",
    "import_tensorflow": "quiet_import",
    "print_json": "output",
    "print_line": "output",
    "progress_for": "progress",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that listing does not import progress bars."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
