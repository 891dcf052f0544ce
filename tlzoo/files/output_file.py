"""Check of a file that a command will write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_file"]


def check_file(path: Path, example: str) -> None:
    """Raise UsageError if a file cannot be written, before anything is computed. ``example`` is a name for one."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder", f"give a file in it, such as {example}")
    if not path.parent.is_dir():
        raise UsageError(f"no folder {str(path.parent)!r} for {path.name}", "create it, or choose another folder")
