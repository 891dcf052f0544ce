"""Which installed plugins may be used: ``TLZOO_PLUGINS`` names them, or else all that the user has not disabled.

``TLZOO_PLUGINS`` separates names by commas; ``none`` allows none. What is disabled stands in a file of the user's
settings, one name a line, after a line with the format number.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from tlzoo.errors import PluginError
from tlzoo.files.folders import disabled_plugins_path
from tlzoo.files.format_number import FORMAT_KEY, without_format

VARIABLE = "TLZOO_PLUGINS"
CORE = "tlzoo"
_HEADER = f"# {FORMAT_KEY} = "
_LONGEST = 10


def disabled_because(name: str) -> tuple[str, str] | None:
    """Return the reason and the fix where a plugin may not be used. The core always may."""
    if name == CORE:
        return None
    allowed = os.environ.get(VARIABLE)
    if allowed is not None:
        if name in {each.strip() for each in allowed.split(",")}:
            return None
        return f"{VARIABLE}={allowed} does not name it", f"unset {VARIABLE} or add {name!r} to it"
    if name in disabled():
        return "it was disabled", f"`tlzoo plugins enable {name}`"
    return None


def use_no_plugins() -> None:
    """Allow no plugin but the core, in this process and those that it starts."""
    os.environ[VARIABLE] = "none"


def disabled() -> frozenset[str]:
    """Return the names of the plugins that the user has disabled; raise PluginError for a list of a newer format."""
    try:
        with open(disabled_plugins_path(), encoding="utf-8") as lines:  # noqa: PTH123 (pathlib is slow)
            written = [name for line in lines if (name := line.strip())]
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    if written and written[0].startswith(_HEADER):
        number = written.pop(0).removeprefix(_HEADER)
        document = {FORMAT_KEY: int(number) if number.isdecimal() and len(number) < _LONGEST else number}
        without_format(document, disabled_plugins_path(), error=PluginError)
    return frozenset(written)


def disable(names: Iterable[str]) -> None:
    """Disable plugins until they are enabled again. Raises OSError where the settings cannot be written."""
    _change(lambda known: known | set(names))


def enable(names: Iterable[str]) -> None:
    """Take plugins from the list of the disabled ones; those that are not in it are left alone."""
    _change(lambda known: known - set(names))


def _change(change: Callable[[frozenset[str]], frozenset[str]]) -> None:
    from pathlib import Path

    from tlzoo.files.atomic import write_text
    from tlzoo.files.lock import exclusive

    path = Path(disabled_plugins_path())
    with exclusive(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{_HEADER}1", *sorted(change(disabled()))]
        write_text(path, "".join(f"{line}\n" for line in lines))
