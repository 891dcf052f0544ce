"""Selection of installed plugins: those in ``TLZOO_PLUGINS``, or else all that the user has not disabled.

``TLZOO_PLUGINS`` is a comma-separated list of names; ``none`` allows none. Disabled plugins are in a file of the
settings folder, one name per line, after a line with the format number.
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
    """Return reason and fix if a plugin may not be used. The core is always allowed."""
    if name == CORE:
        return None
    allowed = os.environ.get(VARIABLE)
    if allowed is not None:
        if name in {each.strip() for each in allowed.split(",")}:
            return None
        return f"it is not in {VARIABLE}={allowed}", f"unset {VARIABLE} or add {name!r} to it"
    if name in disabled():
        return "it is disabled", f"run `tlzoo plugins enable {name}`"
    return None


def use_no_plugins() -> None:
    """Allow no plugins except the core, in this process and its child processes."""
    os.environ[VARIABLE] = "none"


def disabled() -> frozenset[str]:
    """Return the names of disabled plugins; raise PluginError for a list with a newer format."""
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
    """Disable plugins until they are enabled again.

    Args:
        names: Names of plugins.

    Raises:
        OSError: If the settings are not writable.
    """
    _change(lambda known: known | set(names))


def enable(names: Iterable[str]) -> None:
    """Remove plugins from the list of disabled ones; other names are ignored.

    Args:
        names: Names of plugins.

    Raises:
        OSError: If the settings are not writable.
    """
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
