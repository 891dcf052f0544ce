"""The version of the plugin API, and compatibility of plugins with it."""

from __future__ import annotations

from collections.abc import Mapping

API_VERSION = "0.2"
"""Version of the public API for plugins: the first two numbers of tlzoo's version."""

MIGRATION_PAGES: Mapping[str, str] = {"0.1": "docs/reference/migrating-to-0.2.md"}
"""For each former version of the plugin API, the page that explains how to upgrade a plugin."""


def within(version: str, limits: str) -> bool:
    """Return whether a version is in a range of versions; an invalid or empty range has none.

    >>> within("0.1", ">=0.1,<0.2"), within("0.2", ">=0.1,<0.2"), within("0.10", ">0.9")
    (True, False, True)
    """
    from packaging.specifiers import SpecifierSet

    try:
        ranges = SpecifierSet(limits)
        return len(ranges) > 0 and ranges.contains(version, prereleases=True)
    except ValueError:  # also for numbers with too many digits
        return False


def incompatibility(name: str, limits: str) -> tuple[str, str] | None:
    """Return why a plugin for these versions of the API cannot be used, and the fix; None if it can."""
    if within(API_VERSION, limits):
        return None
    reason = f"it is made for plugin API {limits}, but this version of tlzoo has plugin API {API_VERSION}"
    for version, page in MIGRATION_PAGES.items():
        if within(version, limits):
            return reason, f"upgrade {name}; for its authors, the changes are in {page}"
    return reason, f"install another version of {name} or of tlzoo"
