"""Probes: questions that a strategy asks before it goes on. Questions and answers are in the journal."""

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
        """Return a value that is one number."""
        value = self.values[name]
        if isinstance(value, list):
            raise TypeError(f"{name!r} is a list")
        return value


class Probe(BaseModel):
    """A question about the data or the model, which a strategy asks with ``job.probe(…)``.

    Write one of your own by subclassing::

        class Confidence(Probe):
            split: str = "train"

            def answer(self, trainer, state):
                probabilities = trainer.evaluate(state, self.split).answers
                return Answer({"mean": probabilities.max(axis=1).mean()})

    Its fields are its options. The journal has the question and the answer: a resumed run does not ask again.
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
        """Return the answer; by default, the trainer is asked for it.

        Args:
            trainer: the run's ``tlzoo.training.Trainer``. ``trainer.evaluate(state, "train")`` has labels and
                probabilities of a split; ``trainer.job(state)`` has backbone, stages and budget.
            state: the trainer's state. In supervised training, ``state.setup`` has the data, the backbone and the seed.

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
        """Put the name before the options."""
        return {"kind": self.kind, **handler(self)}


class RateRange(Probe):
    """Up to which learning rate does the loss fall (Smith 2017, arXiv 1506.01186, section 3.3)?

    The rate rises geometrically from ``lowest`` to ``highest`` over ``steps`` steps; the weights are then put back. The
    answer has ``rates`` and smoothed ``losses``, one each a step until the loss explodes, and ``suggested``: a tenth of
    the rate at which the loss was least.
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
    """How strongly does the loss pull at each stage (Lee et al. 2022, arXiv 2210.11466, section 5.2)?

    The answer has, for each stage with variables, the norm of the loss's gradient over up to ``examples`` training
    samples, relative to the norm of the stage's weights. Computed in inference mode, without augmentation.
    """

    kind: ClassVar[str] = "gradient-norms"

    examples: PositiveInt = 512

    def suppose(self, trainer: Any, state: Any) -> Answer:
        """Return the largest gradient for the last stage."""
        return Answer({name: float(number) for number, name in enumerate(trainer.job(state).parts.stages)})


class Closeness(Probe):
    """How far does the data look from what the backbone was trained on?

    The answer has ``distance`` (0 is alike; under ``CLOSE`` the two overlap widely; see ``tlzoo.data.distance``), or
    nothing where the entry has no statistics of its training data.
    """

    CLOSE: ClassVar[float] = 1.0

    kind: ClassVar[str] = "closeness"


class Duration(Probe):
    """About how long does it take on this machine to train these variables?

    The answer has ``once``, the seconds for what is computed once, and ``each``, those of every unit: estimates from
    short measurements. The journal keeps them, so that a resumed run goes by the same ones.
    """

    kind: ClassVar[str] = "duration"

    train: Selection
