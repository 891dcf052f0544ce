"""What an exporter is given, and what it has to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tlzoo.modalities import require_modality

if TYPE_CHECKING:
    from pathlib import Path

    import keras

    from tlzoo.backbones import Preprocessing
    from tlzoo.modalities import RawReader
    from tlzoo.tasks import Task

__all__ = ["Exporter", "ServingModel"]


@dataclass(frozen=True, slots=True)
class ServingModel:
    """A trained network with all it needs to answer for raw input.

    ``network`` goes from a batch of samples (N, …), as ``preprocessing.prepare`` makes them, to answers (N, C) float32;
    ``preprocessing.normalize`` is inside it. ``task`` names the C columns and says what answers are: probabilities, or
    numbers in their own units. ``modality`` says what raw input is, ``reader`` how it enters a serving graph; None for
    the modality's usual form. ``thresholds`` say from which probability on each of several labels applies; a half,
    where there are none.
    """

    preprocessing: Preprocessing
    network: keras.Model
    task: Task
    modality: str
    reader: RawReader | None = None
    thresholds: tuple[float, ...] | None = None

    def raw_reader(self) -> RawReader:
        """Return how raw input enters a serving graph; raise PluginError for a modality that no plugin has."""
        return self.reader or require_modality(self.modality).raw_reader(self.preprocessing)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the C columns."""
        return self.task.names


class Exporter(Protocol):
    """Writes a model in one format. The hook ``tlzoo_exporters`` returns ``{name: exporter}``."""

    def __call__(self, model: ServingModel, folder: Path) -> Path:
        """Write the model to a file or folder within ``folder`` and return its path.

        It is there whole or not at all, and takes the place of an older one. Raises OSError where it cannot be written.
        """
        ...
