"""Questions that a strategy may ask before it goes on; the answers are in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from tlzoo.strategies.selection import Selection

__all__ = ["Answer", "Closeness", "Duration", "GradientNorms", "Probe", "RateRange"]


class RateRange(BaseModel):
    """Up to which learning rate does the loss fall (Smith 2017, arXiv 1506.01186, section 3.3)?

    The rate rises geometrically from ``lowest`` to ``highest`` over ``steps`` steps; the weights are then put back. The
    answer has ``rates`` and smoothed ``losses``, one each a step until the loss explodes, and ``suggested``: a tenth of
    the rate at which the loss was least.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["rate-range"] = "rate-range"
    train: Selection
    lowest: Annotated[float, Field(gt=0)] = 1e-6
    highest: Annotated[float, Field(gt=0)] = 1.0
    steps: PositiveInt = 60
    start: str | None = None


class GradientNorms(BaseModel):
    """How strongly does the loss pull at each stage (Lee et al. 2022, arXiv 2210.11466, section 5.2)?

    The answer has, for each stage with variables, the norm of the loss's gradient over up to ``examples`` training
    samples, relative to the norm of the stage's weights. Computed in inference mode, without augmentation.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["gradient-norms"] = "gradient-norms"
    examples: PositiveInt = 512
    start: str | None = None


class Closeness(BaseModel):
    """How far does the data look from what the backbone was trained on?

    The answer has ``distance`` (0 is alike; under ``CLOSE`` the two overlap widely; see ``tlzoo.data.distance``), or
    nothing where the entry has no statistics of its training data.
    """

    CLOSE: ClassVar[float] = 1.0

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["closeness"] = "closeness"
    start: str | None = None


class Duration(BaseModel):
    """About how long does it take on this machine to train these variables?

    The answer has ``once``, the seconds for what is computed once, and ``each``, those of every unit: estimates from
    short measurements. The journal keeps them, so that a resumed run goes by the same ones.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["duration"] = "duration"
    train: Selection
    start: str | None = None


Probe = RateRange | GradientNorms | Closeness | Duration
"""Every kind of question. A trainer that cannot answer one raises UsageError."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a trainer answered: numbers and lists of numbers, by name."""

    values: Mapping[str, float | list[float]]

    def __getitem__(self, name: str) -> float | list[float]:
        return self.values[name]

    def number(self, name: str) -> float:
        """Return a value that is one number."""
        value = self.values[name]
        if isinstance(value, list):
            raise TypeError(f"{name!r} is a list")
        return value
