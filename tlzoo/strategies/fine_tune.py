"""Train the head, then the head and the top of the backbone at a low rate."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from tlzoo.backbones.selection import Selection, everything, head, matching, stages_from, top
from tlzoo.strategies.advice import HeadRate, HeadShare, TunedRate, Unfreeze
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.job import Job
from tlzoo.strategies.phase import Phase, Rates, Share, Solver
from tlzoo.strategies.probes import RateRange
from tlzoo.strategies.rates import layerwise

__all__ = ["FineTune"]


class FineTune(Strategy):
    """Train the head; then unfreeze the top stages, or everything, at a low learning rate (arXiv 1411.1792).

    After Yosinski et al. 2014. The head trains first, because gradients through an untrained head would damage the
    features below it. With a ``head_share`` of 0, it trains together with the unfrozen stages, at its own rate. With
    ``lora_rank``, the backbone's variables stay frozen, and additional low-rank adapters train (Hu et al. 2021, arXiv
    2106.09685).
    """

    name: ClassVar[str] = "fine-tune"

    unfreeze: Unfreeze = Field(
        default=1, description="number of stages to unfreeze from the top, 'all', or the name of the lowest stage"
    )
    head_rate: HeadRate = Field(default=1e-2, description="learning rate of the head phase, or of a head without one")
    rate: TunedRate = Field(default=1e-4, description="learning rate after unfreezing")
    decay: float = Field(default=1.0, gt=0, le=1, description="factor on the rate from each stage to the one below it")
    find_rate: bool = Field(default=False, description="choose the rate by a learning-rate range test")
    l2_sp: float = Field(default=0.0, ge=0, description="strength of the L2 penalty towards the pretrained weights")
    lora_rank: int = Field(
        default=0, ge=0, description="train low-rank adapters of this rank instead of the backbone's variables"
    )
    lora_alpha: float = Field(
        default=0.0, ge=0, description="scale of the adapters, which are multiplied by alpha / rank; 0: the rank"
    )
    lora_layers: tuple[str, ...] = Field(
        default=(), description='names of the layers with adapters, or globs, such as ["query", "value"]; empty: all'
    )
    head_share: HeadShare = Field(
        default=0.5, description="share of the budget for the head phase; 0: the head and the unfrozen stages together"
    )
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay")
    solver: Solver = Field(
        default="lbfgs", description="fit a linear head to its optimum (lbfgs), or train it by gradients (gradient)"
    )

    @field_validator("lora_alpha", "lora_layers")
    @classmethod
    def _of_adapters(cls, value: Any, about: ValidationInfo) -> Any:
        if value and about.data.get("lora_rank") == 0:
            raise ValueError("has no effect without lora_rank; set lora_rank=8")
        return value

    @property
    def adapter_rank(self) -> int:
        """The requested rank."""
        return self.lora_rank

    @property
    def adapter_alpha(self) -> float | None:
        """The requested scale."""
        return self.lora_alpha or None

    @property
    def adapter_layers(self) -> tuple[str, ...]:
        """The requested layers."""
        return self.lora_layers

    def phases(self, job: Job) -> Phases:
        """Yield the head phase, unless its share is 0, then the phase with unfrozen stages."""
        unfrozen: Selection
        if self.unfreeze == "all":
            unfrozen = everything()
        elif isinstance(self.unfreeze, int):
            unfrozen = head() | top(self.unfreeze)
        else:
            unfrozen = head() | stages_from(self.unfreeze)
        if self.lora_rank:
            unfrozen = head() | (unfrozen - (unfrozen - matching("*/lora_*")))
        unfrozen.paths(job.parts)  # refuse an unknown stage before the head trains
        if self.head_share:
            yield Phase(
                name="head",
                train=head(),
                budget=Share(self.head_share),
                rates=self.head_rate,
                weight_decay=self.weight_decay,
                solver=self.solver,
            )
        rate = job.probe(RateRange(train=unfrozen)).number("suggested") if self.find_rate else self.rate
        yield Phase(
            name="fine-tune",
            train=unfrozen,
            budget=Share(1 - self.head_share),
            rates=self._rates(job, unfrozen, rate),
            l2_sp=self.l2_sp,
            warmup=0.1 if self.head_share else 0.0,  # a new head learns from the first step
            weight_decay=self.weight_decay,
        )
        return None

    def _rates(self, job: Job, unfrozen: Selection, rate: float) -> Rates:
        """Return the learning rates after unfreezing; a head that did not train before has its own."""
        if self.decay == 1 and self.head_share:
            return rate
        stages = layerwise(job.parts, rate, self.decay) if self.decay < 1 else ((unfrozen, rate),)
        return stages if self.head_share else (*stages, (head(), self.head_rate))
