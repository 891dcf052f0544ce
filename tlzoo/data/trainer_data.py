"""Data without labelled samples, read by their trainer: a simulator, logged decisions, pairs of preferences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from tlzoo.data.contract import Dataset, SetAside
from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["Kind", "RunData", "TrainerData"]


class Kind(Protocol):
    """The task of data without labelled samples."""

    @property
    def kind(self) -> str:
        """The name of the task in results, and of its trainer if the head does not name one."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainerData:
    """Data for one trainer, returned by a data adapter instead of ``Samples``.

    tlzoo passes them to the trainer as ``Setup.data``, without reading, splitting or checking them. A subclass adds
    the fields of its trainer.

    Args:
        source: The source string.
        task: The task. ``task.kind`` is its name in results, and the name of the trainer (``tlzoo_trainers``)
            for heads that do not name one.
        modality: The modality of the inputs, the same as the backbone's.
        fingerprint: SHA-256 (hex) over everything that determines the data. Resuming with other data is refused.
        notes: Lines for the user, shown before training and in the report.
        head: The head of recipes that do not name one.
        input_shape: The shape of one input, for backbones built for it (``LoadRequest``).

    >>> from types import SimpleNamespace
    >>> task = SimpleNamespace(kind="bandit")
    >>> data = TrainerData(source="bandit:10", task=task, modality="arms", fingerprint="0" * 64)
    >>> data.trainer
    'bandit'
    """

    source: str
    task: Kind
    modality: str
    fingerprint: str
    notes: tuple[str, ...] = ()
    head: str | None = None
    input_shape: tuple[int, ...] | None = None

    @property
    def labelled(self) -> None:
        """The labelled samples with their splits: none. A ``Dataset`` returns itself."""
        return

    @property
    def trainer(self) -> str:
        """The name of the trainer for heads that do not name one."""
        return self.task.kind

    @property
    def sizes(self) -> Mapping[str, int]:
        """The number of samples in ``train``, ``validation`` and ``test``; empty if there are no splits."""
        return {}

    @property
    def set_aside(self) -> tuple[SetAside, ...]:
        """The samples that could not be read."""
        return ()

    def fix_for(self, modality: str) -> str | None:  # noqa: ARG002 - of data with inputs of several modalities
        """Return the fix for entries of another ``modality``, for the error message; None for a list of entries."""
        return None

    def check(self, entry: Entry) -> None:
        """Raise EntryError if an entry of the right modality cannot take these inputs."""

    def check_other(self, other: TrainerData) -> None:
        """Raise UsageError if a model trained on these data cannot be evaluated on ``other`` data."""
        if type(other) is not type(self) or other.task.kind != self.task.kind:
            raise UsageError(
                f"{other.source} is {other.task.kind}, but the run was trained on {self.task.kind} from {self.source}",
                "use data of the same task",
            )

    def describe(self) -> dict[str, Any]:
        """Return JSON for the journal, in addition to the fingerprint."""
        return {}

    def score_name(self, balance: str) -> str:  # noqa: ARG002 - of data with classes
        """Return the name of the score that compares phases."""
        return "score"


RunData: TypeAlias = Dataset | TrainerData
"""The data of a run: labelled samples with splits, or data for a trainer of their own."""
