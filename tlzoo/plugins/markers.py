"""pluggy markers for hook specifications and their implementations."""

from __future__ import annotations

import pluggy

__all__ = ["hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("tlzoo")
hookimpl = pluggy.HookimplMarker("tlzoo")
"""Marks a function of a plugin's module as the implementation of the hook of that name."""
