"""Match between data and entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.errors import UsageError
from tlzoo.modalities.lookup import require_modality

if TYPE_CHECKING:
    from tlzoo.data.contract import Examples
    from tlzoo.data.trainer_data import TrainerData
    from tlzoo.registry import Entry

__all__ = ["check_data"]


def check_data(entry: Entry, examples: Examples | TrainerData, source: str, fix: str | None = None) -> None:
    """Raise UsageError if the entry takes another modality, or cannot take these examples.

    ``source`` is their name in the message; ``fix`` is the fix for another modality, by default a list of entries.
    """
    if examples.modality != entry.modality:
        what = f"{entry.id} takes {entry.modality}, but {source} is {examples.modality}"
        raise UsageError(what, fix or f"`tlzoo list --modality {examples.modality}` lists backbones for it")
    require_modality(entry.modality).check_examples(entry, examples)
