"""What is known of an installed plugin without importing it, or after trying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tlzoo.registry import Registry

Status = Literal["ok", "broken", "incompatible", "conflict", "disabled"]


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed distribution with an entry point in the group ``tlzoo.plugins``.

    One whose status is not ``ok`` is set aside: its hooks are not called and its entries cannot be loaded.
    """

    name: str
    """The distribution's name, normalized: lower case, with hyphens."""
    version: str
    module: str
    """The module with the hook implementations. It is imported when one of them is first needed."""
    status: Status = "ok"
    reason: str | None = None
    """Why it is set aside."""
    fix: str | None = None
    """What to do about that."""
    traceback: str | None = None
    registry: Registry | None = None
    """Its own registry; None where that cannot be read."""
    failed_before: str | None = None
    """Where another process found it broken: ``import`` or a hook. It is worth another try where it is needed."""

    @property
    def usable(self) -> bool:
        """Whether it is not set aside."""
        return self.status == "ok"

    @property
    def worth_loading(self) -> bool:
        """Whether loading it may succeed."""
        return self.usable or self.failed_before is not None
