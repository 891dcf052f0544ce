"""Probes: measurements requested by a strategy, recorded in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, SerializerFunctionWrapHandler, model_serializer

from tlzoo.backbones.selection import Selection

__all__ = ["Answer", "Closeness", "Duration", "GradientNorms", "Probe", "RateRange"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a probe: numbers and lists of numbers, by name."""

    values: Mapping[str, float | list[float]]

    def __getitem__(self, name: str) -> float | list[float]:
        return self.values[name]

    def number(self, name: str) -> float:
        """Return a single number."""
        value = self.values[name]
        if isinstance(value, list):
            raise TypeError(f"{name!r} is a list")
        return value


class Probe(BaseModel):
    """A measurement on the data or the model, requested with ``job.probe(…)``.

    Write your own by subclassing::

        class Confidence(Probe):
            split: str = "train"

            def answer(self, trainer, state):
                probabilities = trainer.evaluate(state, self.split).answers
                return Answer({"mean": probabilities.max(axis=1).mean()})

    Its fields are its options. The journal has the probe and its answer: a resumed run does not measure again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str] = ""
    """The name in the journal; by default that of the class."""

    start: str | None = Field(
        default=None, description="checkpoint to probe; None: that of the last phase, or the initial weights"
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Name the class."""
        if "kind" not in vars(cls):
            cls.kind = cls.__name__

    def answer(self, trainer: Any, state: Any) -> Answer:
        """Return the answer; by default, that of the trainer.

        Args:
            trainer: The run's ``tlzoo.training.Trainer``. ``trainer.evaluate(state, "train")`` has labels and
                probabilities of a split; ``trainer.job(state)`` has backbone, stages and budget.
            state: The trainer's state. In supervised training, ``state.setup`` has the data, the backbone and the seed.

        The weights are those of ``start``. They are restored afterwards. Values may be NumPy's.
        """
        answer: Answer = trainer.probe(state, self)
        return answer

    def suppose(self, trainer: Any, state: Any) -> Answer:
        """Return an answer for ``--explain``, which trains nothing; by default that of the initial weights.

        Override this if the answer takes long or is only useful after training.
        """
        return self.answer(trainer, state)

    @model_serializer(mode="wrap")
    def _named(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write the name before the options."""
        return {"kind": self.kind, **handler(self)}


class RateRange(Probe):
    """Learning-rate range test (Smith 2017, arXiv 1506.01186, section 3.3).

    The rate increases geometrically from ``lowest`` to ``highest`` over ``steps`` steps; then the weights are restored.
    The answer has ``rates`` and smoothed ``losses`` of each step until the loss diverges, and ``suggested``: a tenth of
    the rate with the lowest loss.
    """

    kind: ClassVar[str] = "rate-range"

    train: Selection
    lowest: Annotated[float, Field(gt=0)] = 1e-6
    highest: Annotated[float, Field(gt=0)] = 1.0
    steps: PositiveInt = 60

    def suppose(self, trainer: Any, state: Any) -> Answer:  # noqa: ARG002 - as the base class has it
        """Suggest 0.001."""
        return Answer({"suggested": 1e-3, "rates": [1e-3], "losses": [1.0]})


class GradientNorms(Probe):
    """Relative gradient norms by stage (Lee et al. 2022, arXiv 2210.11466, section 5.2).

    The answer has, for each stage with variables, the norm of the loss's gradient over up to ``examples`` training
    samples, relative to the norm of the stage's weights. Computed in inference mode, without augmentation.
    """

    kind: ClassVar[str] = "gradient-norms"

    examples: PositiveInt = 512

    def suppose(self, trainer: Any, state: Any) -> Answer:
        """Return the largest gradient for the last stage."""
        return Answer({name: float(number) for number, name in enumerate(trainer.job(state).parts.stages)})


class Closeness(Probe):
    """Distance between the data and the backbone's pretraining data.

    The answer has ``distance`` (0 for equal; below ``CLOSE`` the two overlap widely; see ``tlzoo.data.distance``), or
    is empty if the entry has no statistics of its pretraining data.
    """

    CLOSE: ClassVar[float] = 1.0

    kind: ClassVar[str] = "closeness"


class Duration(Probe):
    """Estimated time to train these variables on this machine.

    The answer has ``once``, the seconds of one-time computations, and ``each``, those of every unit: estimates from
    short measurements. They are in the journal, so a resumed run uses the same ones.
    """

    kind: ClassVar[str] = "duration"

    train: Selection
