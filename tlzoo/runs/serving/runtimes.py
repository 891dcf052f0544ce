"""Runtimes that compute the network of a served run."""

from __future__ import annotations

from tlzoo.errors import UsageError, did_you_mean

__all__ = ["check_runtime"]

TENSORFLOW = "tensorflow"


def check_runtime(name: str) -> None:
    """Raise UsageError for an unknown runtime, and PluginError for one whose packages are not installed."""
    if name != TENSORFLOW:
        raise UsageError(f"no runtime {name!r}", did_you_mean(name, [TENSORFLOW], valid="runtimes"))
