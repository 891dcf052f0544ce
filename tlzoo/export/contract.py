"""Input and interface of an exporter."""

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
    """A trained network with everything needed to predict from raw input.

    ``network`` maps a batch of samples (N, …), the output of ``preprocessing.prepare``, to predictions (N, C) float32;
    it includes ``preprocessing.normalize``. ``task`` names the C columns and their meaning: probabilities, or numbers
    in original units. ``modality`` is the kind of raw input, ``reader`` reads it in a serving graph; None for the
    default of the modality. ``thresholds`` are decision thresholds of several labels; 0.5 if there are none.
    """

    preprocessing: Preprocessing
    network: keras.Model
    task: Task
    modality: str
    reader: RawReader | None = None
    thresholds: tuple[float, ...] | None = None

    def raw_reader(self) -> RawReader:
        """Return the reader of raw input in a serving graph; raise PluginError for a modality without a plugin."""
        return self.reader or require_modality(self.modality).raw_reader(self.preprocessing)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the C columns."""
        return self.task.names


class Exporter(Protocol):
    """Writes a model in one format. The hook ``tlzoo_exporters`` returns ``{name: exporter}``."""

    def __call__(self, model: ServingModel, folder: Path) -> Path:
        """Write the model atomically to a file or folder in ``folder``, replacing an older one, and return its path.

        Raises OSError if it cannot be written.
        """
        ...
