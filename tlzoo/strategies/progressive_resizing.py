"""Progressive resizing: small training images first, then larger ones, then refitting at the final size."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, PositiveFloat, PositiveInt, field_validator

from tlzoo.backbones.selection import Selection, everything, head, matching, stages_from, top
from tlzoo.errors import UsageError
from tlzoo.strategies.advice import HeadRate, TunedRate
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.job import Job
from tlzoo.strategies.phase import Phase, Share, Solver

if TYPE_CHECKING:
    from tlzoo.backbones.contract import Backbone

__all__ = ["ProgressiveResizing"]

_STEPS = 10
"""Smallest number of steps per epoch, which limits the batch size."""


class ProgressiveResizing(Strategy):
    """Train at increasing image sizes; refit the head and the last BatchNorm at the final size (arXiv 1906.06423).

    A convolution on an image of half the height and width takes a quarter of the time. Therefore, the network trains on
    small images first and on larger ones later (Howard 2018, in DAWNBench). At the end, the parts that depend on size,
    the classifier and the statistics of the last activations, are refitted at the final size without augmentation
    (FixRes; Touvron et al. 2019, section 3.3). With ``sizes`` below the final size, nothing else trains there, as in
    FixRes. At a smaller size, batches are larger and learning rates higher.
    """

    name: ClassVar[str] = "progressive-resizing"

    sizes: tuple[PositiveInt, ...] = Field(
        default=(),
        description="increasing training image sizes in pixels; []: a half, three quarters and all of the final size",
    )
    unfreeze: PositiveInt | str = Field(
        default="all", description="number of stages to unfreeze from the top, 'all', or the name of the lowest stage"
    )
    head_rate: HeadRate = Field(default=1e-2, description="learning rate of the head phase")
    rate: TunedRate = Field(default=3e-4, description="learning rate after unfreezing, at the final size")
    refit_rate: PositiveFloat = Field(default=1e-3, description="learning rate of the refitting")
    head_share: float = Field(default=0.3, gt=0, lt=1, description="share of the budget for the head phase")
    refit_share: float = Field(default=0.2, gt=0, lt=1, description="share of the budget for the refitting")
    largest_growth: float = Field(
        default=4.0, ge=1, description="largest batch size at smaller sizes, as a multiple of the run's batch size"
    )
    rate_scaling: Literal["square-root", "linear", "none"] = Field(
        default="square-root",
        description="scaling of learning rates with the batch size: square root for Adam, linear for SGD",
    )
    refit_augment: str = Field(default="none", description="augmentation policy of the refitting")
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay")
    solver: Solver = Field(
        default="lbfgs", description="fit a linear head to its optimum (lbfgs), or train it by gradients (gradient)"
    )

    @field_validator("sizes")
    @classmethod
    def _growing(cls, sizes: tuple[int, ...]) -> tuple[int, ...]:
        if any(former >= latter for former, latter in pairwise(sizes)):
            raise ValueError("sizes must increase")
        return sizes

    def phases(self, job: Job) -> Phases:
        """Yield the head phase, one phase per size, and the refitting; return its result."""
        use = _size_of_use(job)
        sizes = self.sizes or _default_sizes(use, job.smallest_image_size or use)
        if sizes[-1] > use:
            raise UsageError(
                f"progressive-resizing: {sizes[-1]} pixels are more than the final size, {use}",
                f"set the image size of the run to {sizes[-1]}, or use sizes up to {use}",
            )
        if self.head_share + self.refit_share >= 1:
            raise UsageError(
                f"progressive-resizing: head_share {self.head_share:g} and refit_share {self.refit_share:g} leave no "
                "budget for the sizes",
                "lower one of them",
            )
        unfrozen = self._unfrozen()
        unfrozen.paths(job.parts)  # refuse an unknown stage before the head trains
        batch = self._batch(job, sizes[0], use)
        last = yield Phase(
            name=f"head at {sizes[0]} pixels",
            train=head(),
            budget=Share(self.head_share),
            rates=self.head_rate * self._factor(batch / job.batch_size),
            weight_decay=self.weight_decay,
            solver=self.solver,
            image_size=sizes[0],
            batch_size=batch,
        )
        for size in sizes:
            batch = self._batch(job, size, use)
            last = yield Phase(
                name=f"{size} pixels",
                train=unfrozen,
                budget=Share((1 - self.head_share - self.refit_share) / len(sizes)),
                rates=self.rate * self._factor(batch / job.batch_size),
                warmup=0.1,
                weight_decay=self.weight_decay,
                start=last.checkpoint,
                image_size=size,
                batch_size=batch,
            )
        return (
            yield Phase(
                name=f"refit at {use} pixels",
                train=_classifier(job.backbone),
                budget=Share(self.refit_share),
                rates=self.refit_rate,
                weight_decay=self.weight_decay,
                statistics="trained",
                start=last.checkpoint,
                augment=self.refit_augment,
            )
        )

    def _unfrozen(self) -> Selection:
        if self.unfreeze == "all":
            return everything()
        return head() | (top(self.unfreeze) if isinstance(self.unfreeze, int) else stages_from(self.unfreeze))

    def _batch(self, job: Job, size: int, use: int) -> int:
        """Return the batch size at this size, with about as many pixels as at the final size."""
        growth = min(self.largest_growth, (use / size) ** 2, job.examples["train"] / (_STEPS * job.batch_size))
        return job.batch_size * max(1, int(growth))

    def _factor(self, growth: float) -> float:
        """Return the factor on rates for a larger batch (arXiv 1706.02677; for Adam 2205.10287)."""
        return {"square-root": math.sqrt(growth), "linear": growth, "none": 1.0}[self.rate_scaling]


def _size_of_use(job: Job) -> int:
    if job.image_size is None:
        raise UsageError("progressive-resizing needs square images, which this backbone does not take", _INSTEAD)
    if job.smallest_image_size is None:
        size = f"{job.image_size} x {job.image_size}"
        raise UsageError(f"{job.backbone.model.name} takes only images of {size} pixels", _INSTEAD)
    return job.image_size


_INSTEAD = "use another strategy, such as fine-tune"


def _default_sizes(use: int, smallest: int) -> tuple[int, ...]:
    """Return half, three quarters and all of the final size, to a power of two: 128, 160 and 224; 16, 24 and 32.

    A network halves its maps several times, and odd maps lose their borders.
    """
    unit = 2 ** max(0, int(math.log2(use / 7)))
    rounded = {max(smallest, round(use * share / unit) * unit) for share in (0.5, 0.75)}
    return (*sorted(size for size in rounded if size < use), use)


def _classifier(backbone: Backbone) -> Selection:
    """Return the head with the backbone's last BatchNorm, if it has one."""
    from keras.layers import BatchNormalization

    layers = backbone.model._flatten_layers(include_self=False)
    normalizing = [layer for layer in layers if isinstance(layer, BatchNormalization)]
    if not normalizing:
        return head()
    return head() | matching(*(variable.path for variable in normalizing[-1].weights))
