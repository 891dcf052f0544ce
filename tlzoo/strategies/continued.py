"""Continued training of a phase."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, NonNegativeInt

from tlzoo.backbones.selection import everything
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.job import Job
from tlzoo.strategies.phase import Phase, Share

__all__ = ["Continue"]


class Continue(Strategy):
    """Continue training from another run's checkpoint (``--from RUN``), with its last phase and a new optimizer.

    The phase is that of the kept checkpoint: the same variables, learning rates and schedule. Without ``--from``
    everything trains at a low learning rate.
    """

    name: ClassVar[str] = "continue"

    phase: Phase = Field(
        default=Phase(name="continued", train=everything(), rates=1e-4, warmup=0.1),
        description="the phase to continue; its budget is that of the run",
    )
    lora_rank: NonNegativeInt = Field(default=0, description="rank of the low-rank adapters of that run; 0 for none")
    lora_alpha: float = Field(default=0.0, ge=0, description="scale of the adapters of that run; 0: their rank")
    lora_layers: tuple[str, ...] = Field(default=(), description="names of the layers with adapters in that run")

    @property
    def adapter_rank(self) -> int:
        """Rank of the low-rank adapters that the backbone gets before the first phase."""
        return self.lora_rank

    @property
    def adapter_alpha(self) -> float | None:
        """Scale of these adapters."""
        return self.lora_alpha or None

    @property
    def adapter_layers(self) -> tuple[str, ...]:
        """Names of the layers with these adapters."""
        return self.lora_layers

    def phases(self, job: Job) -> Phases:  # noqa: ARG002 - the same for every job
        """Yield the phase with the whole budget."""
        yield self.phase.model_copy(update={"budget": Share(1.0), "start": None})
        return None
