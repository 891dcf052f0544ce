"""Pinned requirements: the installed versions of distributions and of all that they need."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tlzoo.errors import PluginError

__all__ = ["pinned_requirements"]


def pinned_requirements(roots: Iterable[str]) -> list[str]:
    """Return a line ``NAME==VERSION`` for each distribution that these need on this system, sorted.

    >>> "numpy" in {each.partition("==")[0] for each in pinned_requirements(["tlzoo"])}
    True

    Args:
        roots: Requirements such as ``"tlzoo[serve]"``.

    Returns:
        The lines, without addresses of indexes.

    Raises:
        PluginError: If one of them is not installed.
    """
    waiting = [Requirement(each) for each in roots]
    seen: set[tuple[str, str]] = set()
    versions: dict[str, str] = {}
    while waiting:
        wanted = waiting.pop()
        try:
            found = metadata.distribution(wanted.name)
        except metadata.PackageNotFoundError as error:
            raise PluginError(
                f"{wanted} is not installed, so its version is unknown", f"pip install '{wanted}'"
            ) from error
        name = canonicalize_name(wanted.name)
        versions[name] = found.version
        for extra in ("", *wanted.extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            needs = [Requirement(each) for each in found.requires or ()]
            waiting += [each for each in needs if each.marker is None or each.marker.evaluate({"extra": extra})]
    return [f"{name}=={versions[name]}" for name in sorted(versions)]
