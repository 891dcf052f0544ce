"""Phases of training and their results."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    SerializeAsAny,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass

from tlzoo.backbones.selection import Selection
from tlzoo.objectives import Objective, read_objective

__all__ = ["Budget", "Epochs", "Phase", "PhaseResult", "Rates", "Schedule", "Share", "Solver", "Steps"]


_FORBID_UNKNOWN = ConfigDict(extra="forbid")


@pydantic_dataclass(frozen=True, slots=True, config=_FORBID_UNKNOWN)
class Epochs:
    """A number of passes over the training split."""

    amount: PositiveInt
    kind: Literal["epochs"] = "epochs"


@pydantic_dataclass(frozen=True, slots=True, config=_FORBID_UNKNOWN)
class Steps:
    """A number of optimizer steps, or of the trainer's steps."""

    amount: PositiveInt
    kind: Literal["steps"] = "steps"


@pydantic_dataclass(frozen=True, slots=True, config=_FORBID_UNKNOWN)
class Share:
    """A share of the run's budget in its unit: 0.5 of 20 epochs is 10.

    Shares are rounded such that all phases together get the whole budget. ``of`` is the budget in units, if it is not
    that of the run.
    """

    amount: Annotated[float, Field(gt=0, le=1)]
    of: PositiveInt | None = None
    kind: Literal["share"] = "share"


Budget = Annotated[Epochs | Steps | Share, Field(discriminator="kind")]

Rate = Annotated[float, Field(gt=0)]
Rates = Rate | tuple[tuple[Selection, Rate], ...]

_SHORT_FORM = {"image_size": None, "batch_size": None, "augment": None, "solver": "gradient"}
"""Fields omitted from a written phase if unset, so that older journals stay valid."""

Schedule = Literal["constant", "cosine", "one-cycle", "slanted-triangular"]

Solver = Literal["gradient", "lbfgs"]


class Phase(BaseModel):
    """A phase of training: the trained variables, the learning rates and the length."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="name in the run, the journal and the report")
    train: Selection = Field(description="trained variables; all others are frozen")
    budget: Budget = Field(default_factory=lambda: Share(1.0), description="length of the phase")
    rates: Rates = Field(default=1e-3, description="a learning rate, or pairs of selection and learning rate")
    schedule: Schedule = Field(default="cosine", description="schedule of the learning rates")
    warmup: float = Field(default=0.0, ge=0, lt=1, description="share of the phase with linear warmup")
    weight_decay: float = Field(default=0.0, ge=0, description="decoupled, on kernels only (AdamW, arXiv 1711.05101)")
    label_smoothing: float = Field(
        default=0.0, ge=0, lt=1, description="share of the target distributed over all classes"
    )
    l2_sp: float = Field(
        default=0.0, ge=0, description="strength of the L2 penalty towards the pretrained weights (arXiv 1802.01483)"
    )
    clip_norm: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="largest gradient norm of all variables with the same rate"
    )
    ema: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="momentum of a moving average of the weights, used at the end of the phase"
    )
    accumulate: PositiveInt = Field(default=1, description="number of batches to average gradients over before a step")
    statistics: Literal["frozen", "trained"] = Field(
        default="frozen",
        description="whether BatchNorm of the backbone's training layers uses and updates batch statistics",
    )
    solver: Solver = Field(
        default="gradient",
        description="lbfgs: fit a linear head on cached features to its optimum with a cross-validated L2 "
        "penalty, independent of rates and length; if impossible, gradients are used, with the reason in the plan",
    )
    objective: SerializeAsAny[Objective] | None = Field(
        default=None, description="objective instead of the task's loss, or instead of training (AdaBN)"
    )
    patience: PositiveInt | None = Field(
        default=None,
        description="epochs without a lower validation loss before early stopping, with the weights of the last epoch",
    )
    start: str | None = Field(
        default=None,
        description="checkpoint to start from; None: that of the previous phase, or the best if that was undone",
    )
    image_size: PositiveInt | None = Field(
        default=None, description="height and width of training images in pixels; None: those of the run"
    )
    batch_size: PositiveInt | None = Field(default=None, description="batch size; None: that of the run")
    augment: str | dict[str, Any] | None = Field(
        default=None,
        description="augmentation policy, as a name or a table with a name and options; None: that of the run",
    )

    @model_serializer(mode="wrap")
    def _short(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = serialize(self)
        if isinstance(self.budget, Share) and self.budget.of is None:
            written["budget"].pop("of", None)
        return {name: value for name, value in written.items() if name not in _SHORT_FORM or value != _SHORT_FORM[name]}

    _read_objective = field_validator("objective", mode="before")(read_objective)


@dataclass(frozen=True, slots=True)
class PhaseResult:
    """Result of a phase: its score, and the checkpoint of its weights.

    For ``score``, higher is better for every task: accuracy or balanced accuracy, mean average precision, explained
    variance, or the score of a trainer, such as the mean return. It is measured on the validation split. Without one it
    is
    NaN: every comparison with it is False, so no phase is undone. ``noise`` is the score's standard error.

    ``checkpoint`` has the weights at the end of the phase: those of its last epoch, or their moving average if the
    phase has ``ema``. ``stopped`` is the reason for the end: ``"budget"``, ``"patience"`` or ``"optimum"``. It is
    ``"undone"`` if the phase has no ``start`` and its score is below the best so far at its image size by more than
    noise: the next phase starts from the best. It is ``"left out"`` if its share of the budget was too small to run.

    ``audited`` counts the variables that were compared with their intent after the phase: trained, statistics, frozen.
    ``notes`` are messages of the trainer for the user and the report.
    """

    phase: str
    score: float
    noise: float
    metrics: Mapping[str, float]
    checkpoint: str
    stopped: str
    units: int
    seconds: float
    audited: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def worse_than(self, other: PhaseResult) -> bool:
        """Return whether this score is lower than the other by more than the standard error of the difference."""
        return other.score - self.score > math.hypot(self.noise, other.noise)
