"""Decision: values fitted after training that turn the outputs of a head into answers and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from tlzoo.tasks.conformal import limits, needed_samples

if TYPE_CHECKING:
    import keras

__all__ = ["PLAIN", "Decision"]

Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Decided(Protocol):
    """What a decision has to fit of a ``Task``."""

    @property
    def outputs(self) -> int: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def cover_columns(self) -> int: ...
    @property
    def rows_key(self) -> str: ...


class Decision(BaseModel):
    """Values that were fitted on held-out samples after training. Empty parts change nothing.

    ``scale`` and ``shift`` calibrate logits: ``logits * scale + shift``, each one number, or one per output. They are
    part of the saved network, between its head and its last layer, so a file's predictions already have them.
    ``thresholds`` are the decision thresholds of the classes; 0.5 if there are none. ``scores`` are sorted
    nonconformity scores of held-out samples, a list for each column of ``Task.nonconformity``. ``coverage`` is that of
    the label sets or intervals that are part of every prediction; None without them.

    >>> decision = Decision(scale=[0.5])
    >>> decision.calibrated(np.array([[2.0, -4.0]], np.float32)).tolist()
    [[1.0, -2.0]]
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    scale: list[Positive] = []
    shift: list[Number] = []
    thresholds: list[Number] = []
    scores: list[list[Number]] = []
    coverage: Share | None = None

    @property
    def is_plain(self) -> bool:
        """Whether nothing was fitted."""
        return self == PLAIN

    @property
    def is_calibrated(self) -> bool:
        """Whether logits are scaled or shifted."""
        return bool(self.scale or self.shift)

    def calibrated(self, outputs: np.ndarray) -> np.ndarray:
        """Return calibrated logits (N, outputs), float32."""
        if not self.is_calibrated:
            return outputs
        scale, shift = np.array(self.scale or [1.0], np.float32), np.array(self.shift or [0.0], np.float32)
        return np.asarray(outputs * scale + shift, np.float32)

    def layers(self) -> list[keras.Layer]:
        """Return the layers between head and answers that do the same: at most one, of Keras."""
        import keras

        if not self.is_calibrated:
            return []
        scale, shift = _one_or_list(self.scale or [1.0]), _one_or_list(self.shift or [0.0])
        return [keras.layers.Rescaling(scale, offset=shift, dtype="float32", name="calibration")]

    @property
    def bounds(self) -> np.ndarray | None:
        """The largest scores (columns,) in the sets of every prediction; None without ``coverage``."""
        return None if self.coverage is None else limits(self.scores, self.coverage, "the run")

    def served(self) -> Decision:
        """Return the parts that predictions with a saved network need."""
        return self if self.coverage is not None else self.model_copy(update={"scores": []})

    def check(self, task: Decided) -> Decision:
        """Return the decision. Raises ValueError if a part does not fit the task, because its file is damaged."""
        for name, size in (("scale", task.outputs), ("shift", task.outputs), ("thresholds", len(task.names))):
            found = len(getattr(self, name))
            if found not in {0, size} and (found != 1 or name == "thresholds"):
                raise ValueError(f"the decision has {found} numbers in {name} for {size} {task.rows_key}")
        if len(self.scores) not in {0, task.cover_columns} or any(each != sorted(each) for each in self.scores):
            raise ValueError(f"the decision has damaged scores for {len(task.names)} {task.rows_key}")
        if self.coverage is not None and min(map(len, self.scores), default=0) < needed_samples(self.coverage):
            raise ValueError(f"the decision has too few scores for a coverage of {self.coverage:g}")
        return self

    def to_json(self) -> dict[str, Any]:
        """Return the parts that are not empty, as plain JSON."""
        return {name: value for name, value in self.model_dump(mode="json").items() if value not in ([], None)}


def _one_or_list(numbers: Sequence[float]) -> float | list[float]:
    return numbers[0] if len(numbers) == 1 else list(numbers)


PLAIN = Decision()
"""The decision of a run in which nothing was fitted after training."""
