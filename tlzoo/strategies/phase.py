"""One stretch of training, and what comes back from it."""

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
    """So many passes over the training split."""

    amount: PositiveInt
    kind: Literal["epochs"] = "epochs"


@pydantic_dataclass(frozen=True, slots=True, config=_FORBID_UNKNOWN)
class Steps:
    """So many optimizer steps, or steps of a trainer that counts its own."""

    amount: PositiveInt
    kind: Literal["steps"] = "steps"


@pydantic_dataclass(frozen=True, slots=True, config=_FORBID_UNKNOWN)
class Share:
    """A share of the run's budget in its own unit: 0.5 of 20 epochs are 10.

    Shares are rounded so that the phases together get the whole budget. ``of`` is the budget in units where it is not
    the run's.
    """

    amount: Annotated[float, Field(gt=0, le=1)]
    of: PositiveInt | None = None
    kind: Literal["share"] = "share"


Budget = Annotated[Epochs | Steps | Share, Field(discriminator="kind")]

Rate = Annotated[float, Field(gt=0)]
Rates = Rate | tuple[tuple[Selection, Rate], ...]

_SHORT_FORM = {"image_size": None, "batch_size": None, "augment": None, "solver": "gradient"}
"""Fields that what is written of a phase leaves out where they are unset: journals from before them stay valid."""

Schedule = Literal["constant", "cosine", "one-cycle", "slanted-triangular"]

Solver = Literal["gradient", "lbfgs"]


class Phase(BaseModel):
    """One stretch of training: what trains, at which rates, for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="how the run, the journal and the report call it")
    train: Selection = Field(description="the variables that train; all others stay as they are")
    budget: Budget = Field(default_factory=lambda: Share(1.0), description="for how long")
    rates: Rates = Field(default=1e-3, description="a learning rate, or pairs of selection and learning rate")
    schedule: Schedule = Field(default="cosine", description="how the rates go over the phase")
    warmup: float = Field(default=0.0, ge=0, lt=1, description="share of the phase over which the rates rise from zero")
    weight_decay: float = Field(default=0.0, ge=0, description="decoupled, on kernels only (AdamW, arXiv 1711.05101)")
    label_smoothing: float = Field(default=0.0, ge=0, lt=1, description="share of the target spread over all classes")
    l2_sp: float = Field(
        default=0.0, ge=0, description="pull of the backbone to its pretrained weights (arXiv 1802.01483)"
    )
    clip_norm: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="largest norm of the gradients of all variables that share a rate"
    )
    ema: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="momentum of a moving average of the weights, which the phase ends with"
    )
    accumulate: PositiveInt = Field(default=1, description="batches whose gradients are averaged before a step")
    statistics: Literal["frozen", "trained"] = Field(
        default="frozen",
        description="whether BatchNorm of the backbone's training layers uses and updates batch statistics",
    )
    solver: Solver = Field(
        default="gradient",
        description="lbfgs: a linear head alone, on kept features, is fitted to its optimum with a cross-validated L2 "
        "penalty, whatever rates and length; by gradients where that cannot be, and the plan says why",
    )
    objective: SerializeAsAny[Objective] | None = Field(
        default=None, description="what is descended in place of the task's loss, or what takes its place (AdaBN)"
    )
    patience: PositiveInt | None = Field(
        default=None,
        description="epochs without a smaller validation loss before it stops, with the weights of its last epoch",
    )
    start: str | None = Field(
        default=None,
        description="checkpoint to start from; None: that of the phase before, or the best if that was undone",
    )
    image_size: PositiveInt | None = Field(
        default=None, description="height and width of the images, in pixels, to train at; None for the run's own"
    )
    batch_size: PositiveInt | None = Field(default=None, description="samples a step; None for the run's own")
    augment: str | dict[str, Any] | None = Field(
        default=None,
        description="policy of augmentation, by name or as a table with a name and options; None for the run's own",
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

    ``score`` is higher for better, whatever the task: accuracy or balanced accuracy, mean average precision, explained
    variance, or a trainer's own, such as the mean return. It is measured on the validation split. Without one it is
    NaN: every comparison with it is then False, so that no phase is undone. ``noise`` is the score's standard error.

    ``checkpoint`` names the weights at the end of the phase: those of its last epoch, or their moving average where the
    phase asks for one. ``stopped`` is the reason why it ended: ``"budget"``, ``"patience"`` or ``"optimum"``. It is
    ``"undone"`` where the phase named no start and its score is below the best so far at its image size by more than
    noise: the next phase starts from the best. It is ``"left out"`` where its share of the budget was too small to run.

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
        """Say whether this scored lower than the other by more than the standard error of the difference."""
        return other.score - self.score > math.hypot(self.noise, other.noise)
