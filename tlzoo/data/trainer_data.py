"""Data without labelled samples, which their trainer reads: a simulator, logged decisions, pairs of preferences."""

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
    """What is learned from data without labelled samples."""

    @property
    def kind(self) -> str:
        """The name of the task in results, and of its trainer if the head names none."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainerData:
    """Data that one trainer understands. A data adapter returns them in place of ``Samples``.

    tlzoo passes them to the trainer as ``Setup.data``, without reading, splitting or checking anything. A subclass adds
    what its trainer needs.

    Args:
        source: the source string.
        task: what is learned. ``task.kind`` is the task in results, and the name of the trainer (``tlzoo_trainers``)
            for heads that name none.
        modality: the modality of the inputs. It must be the backbone's.
        fingerprint: a SHA-256 (hex) over all that decides what the data give. A resume on other data is refused.
        notes: lines for the reader, shown before training and in the report.
        head: the head of recipes that name none.
        input_shape: the shape of one input, for backbones that are built for it (``LoadRequest``).

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
        """The name of the trainer for heads that name none."""
        return self.task.kind

    @property
    def sizes(self) -> Mapping[str, int]:
        """The number of samples in ``train``, ``validation`` and ``test``; empty if there are no splits."""
        return {}

    @property
    def set_aside(self) -> tuple[SetAside, ...]:
        """The samples that could not be read."""
        return ()

    def check(self, entry: Entry) -> None:
        """Raise EntryError if an entry of the right modality cannot take these inputs."""

    def check_other(self, other: TrainerData) -> None:
        """Raise UsageError if a model that learned from these data cannot be evaluated on other data."""
        if type(other) is not type(self) or other.task.kind != self.task.kind:
            raise UsageError(
                f"{other.source} is {other.task.kind}, and the run learned {self.task.kind} from {self.source}",
                "give data of that kind",
            )

    def describe(self) -> dict[str, Any]:
        """Return JSON that the journal keeps beside the fingerprint."""
        return {}

    def score_name(self, balance: str) -> str:  # noqa: ARG002 - of data with classes
        """Return the name of the score that phases are compared by."""
        return "score"


RunData: TypeAlias = Dataset | TrainerData
"""The data of a run: labelled samples with splits, or data for a trainer of their own."""
