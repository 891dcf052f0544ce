"""Which installed plugins may be used: ``TLZOO_PLUGINS`` names them, separated by commas; ``none`` allows none."""

from __future__ import annotations

import os

VARIABLE = "TLZOO_PLUGINS"


def disabled_because(name: str) -> tuple[str, str] | None:
    """Return the reason and the fix where a plugin may not be used. The core always may."""
    allowed = os.environ.get(VARIABLE)
    if allowed is None or name == "tlzoo" or name in {each.strip() for each in allowed.split(",")}:
        return None
    return f"{VARIABLE}={allowed} does not name it", f"unset {VARIABLE} or add {name!r} to it"


def use_no_plugins() -> None:
    """Allow no plugin but the core, in this process and those that it starts."""
    os.environ[VARIABLE] = "none"
