"""Input and interface of exporters, and of the runtimes of their files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from tlzoo.errors import did_you_mean
from tlzoo.modalities import require_modality
from tlzoo.tasks import PLAIN, Decision

if TYPE_CHECKING:
    import keras

    from tlzoo.backbones import Preprocessing
    from tlzoo.modalities import RawReader
    from tlzoo.tasks import Metrics, Task

__all__ = ["Arrays", "Exporter", "PreparedSplit", "Runtime", "ServingModel"]

Arrays: TypeAlias = "Mapping[str, np.ndarray]"
"""A batch of inputs by name: arrays (N, …) of numbers, or of bytes (dtype S) for texts."""

Runtime: TypeAlias = Callable[[Arrays], np.ndarray]
"""An exported file, opened: from inputs by name to predictions (N, C) float32."""


@dataclass(frozen=True, slots=True)
class ServingModel:
    """A trained network with everything needed to predict from raw input.

    ``network`` maps a batch of samples (N, …), the output of ``preprocessing.prepare``, to predictions (N, C) float32;
    it includes ``preprocessing.normalize``. ``task`` names the C columns and their meaning: probabilities, or numbers
    in original units. ``modality`` is the kind of raw input, ``reader`` reads it in a serving graph; None for the
    default of the modality. ``decision`` has what was fitted after
    training, such as decision thresholds; its calibration is part of ``network``.
    """

    preprocessing: Preprocessing
    network: keras.Model
    task: Task
    modality: str
    reader: RawReader | None = None
    decision: Decision = PLAIN

    def raw_reader(self) -> RawReader:
        """Return the reader of raw input in a serving graph; raise PluginError for a modality without a plugin."""
        return self.reader or require_modality(self.modality).raw_reader(self.preprocessing)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the C columns."""
        return self.task.names


@dataclass(frozen=True, slots=True)
class PreparedSplit:
    """Prepared samples of a split, with the functions that judge predictions for them.

    ``batches`` starts a pass over the batches (n, …), in the order of ``labels``; ``labels`` is None if the samples
    have none, such as those of a policy. ``metrics`` returns the metrics of predictions (N, C) for all
    samples, with the run's decision thresholds; None without labels.
    """

    batches: Callable[[], Iterable[Any]]
    labels: np.ndarray | None = None
    metrics: Callable[[np.ndarray], Metrics] | None = None


class Exporter(BaseModel, ABC):
    """Base class of export formats. The hook ``tlzoo_exporters`` returns subclasses; their fields are options.

    A format is written ``NAME``, ``NAME:PRECISION`` or ``NAME:PRECISION?option=value&option=value``, such as
    ``litert:int8?calibration=500``. Import heavy packages inside the methods, so that listing formats is fast, and the
    file is measured in a process without TensorFlow.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str] = ""
    """Name of the format in ``--to`` and ``--export``."""

    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    """Supported precisions, the most exact one first; the first is the default."""

    packages: ClassVar[tuple[str, ...]] = ()
    """Modules that must be installed to write the format and to run its files."""

    runtime_packages: ClassVar[tuple[str, ...]] = ()
    """Those of ``packages`` that ``open`` needs. If there are any, ``tlzoo predict`` may use the file.

    The class must then also be able to open files without TensorFlow.
    """

    install: ClassVar[str] = ""
    """The command that installs them: ``pip install 'tlzoo[litert]'``."""

    of_run: ClassVar[bool] = False
    """Whether ``tlzoo train --export`` writes the file directly into the run folder, where tlzoo reads it."""

    takes_text: ClassVar[bool] = False
    """Whether a file can take strings. Otherwise it takes the token ids that the network computes from them."""

    precision: str = Field(
        default="", validate_default=True, description="precision of weights and activations; default: the first one"
    )

    @field_validator("precision")
    @classmethod
    def _known_precision(cls, value: str) -> str:
        if value and value not in cls.precisions:
            raise ValueError(f"no precision {value!r}; {did_you_mean(value, cls.precisions, valid='precisions')}")
        return value or cls.precisions[0]

    @property
    def format(self) -> str:
        """The name of the format with its precision, unless that is the default: ``litert:int8``."""
        chosen = self.precision or self.precisions[0]
        return self.name if chosen == self.precisions[0] else f"{self.name}:{chosen}"

    @property
    def is_exact(self) -> bool:
        """Whether the precision is the most exact one of the format."""
        return self.precision in {"", self.precisions[0]}

    def missing(self) -> tuple[str, ...]:
        """Return the modules that are not installed."""
        return tuple(each for each in self.packages if find_spec(each) is None)

    @abstractmethod
    def export(self, model: ServingModel, samples: Arrays, folder: Path) -> Path:
        """Write the model atomically to a file or folder in ``folder``, replacing an older one, and return its path.

        Args:
            model: The trained network with its preprocessing and task.
            samples: Up to some hundred prepared training samples, to calibrate a quantization; the names are those of
                the file's inputs.
            folder: An existing folder for this format.

        Returns:
            The path.

        Raises:
            ExportError: If the format cannot express the network.
            OSError: If the file cannot be written.
        """

    def open(self, path: Path, threads: int) -> Runtime | None:  # noqa: ARG002 - of formats with a runtime here
        """Return the file, opened by its own runtime; None if there is none.

        Called in a new process, which imports neither TensorFlow nor Keras by itself.
        """
        return None

    def facts(self) -> Mapping[str, str | int]:
        """Return facts for the file's card, such as the operator set."""
        return {}

    def usage(self, file: str) -> str:  # noqa: ARG002 - of formats with a runtime here
        """Return a few lines of Python that open ``file`` and predict a batch; empty if there is no runtime."""
        return ""
