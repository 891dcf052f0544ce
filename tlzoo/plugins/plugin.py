"""Facts of an installed plugin, without importing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tlzoo.registry import Registry

Status = Literal["ok", "broken", "incompatible", "conflict", "disabled"]


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed distribution with an entry point in the group ``tlzoo.plugins``.

    A plugin whose status is not ``ok`` cannot be used: its hooks are not called and its entries cannot be loaded.
    """

    name: str
    """Name of the distribution, normalized: lowercase, with hyphens."""
    version: str
    module: str
    """Module with the hook implementations. It is imported when one of them is first needed."""
    status: Status = "ok"
    reason: str | None = None
    """Why it cannot be used."""
    fix: str | None = None
    """How to fix that."""
    traceback: str | None = None
    registry: Registry | None = None
    """Its registry; None if it is invalid."""
    failed_before: str | None = None
    """Where another process found it broken: ``import`` or a hook. It may be tried again if it is needed."""

    @property
    def usable(self) -> bool:
        """Whether it can be used."""
        return self.status == "ok"

    @property
    def worth_loading(self) -> bool:
        """Whether loading may succeed."""
        return self.usable or self.failed_before is not None
