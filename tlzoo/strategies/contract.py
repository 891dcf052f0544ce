"""The Strategy contract: a generator that yields phases and receives their results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from tlzoo.strategies.job import Job
    from tlzoo.strategies.phase import Phase, PhaseResult

__all__ = ["Phases", "Strategy"]


class Strategy(BaseModel, ABC):
    """Base class of strategies. Its fields are options, in a recipe and as ``-S key=value``.

    Write one by subclassing::

        class HeadOnly(Strategy):
            name = "head-only"
            rate: float = 1e-3

            def phases(self, job):
                yield Phase(name="head", train=head(), rates=self.rate)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str] = ""
    """The name in recipes; by default the class name."""

    weights: ClassVar[Literal["pretrained", "random"]] = "pretrained"
    """Default of the recipe field ``weights``: pretrained or random."""

    heeds_time: ClassVar[bool] = False
    """Whether it uses ``job.seconds``: required for a recipe with a ``budget``."""

    needs_target: ClassVar[bool] = False
    """Whether it needs unlabelled target inputs (``--target``); a recipe without them is refused."""

    uses_target: ClassVar[bool] = False
    """Whether it can use target inputs; a recipe with a target is refused for other strategies."""

    @property
    def adapter_rank(self) -> int:
        """Rank of low-rank adapters, added to the backbone before the first phase; 0 for none."""
        return 0

    @property
    def adapter_alpha(self) -> float | None:
        """Scale of the adapters, which are multiplied by alpha / rank; None for the rank."""
        return None

    @property
    def adapter_layers(self) -> tuple[str, ...]:
        """Globs over the names of the layers with adapters; empty for all layers."""
        return ()

    @abstractmethod
    def phases(self, job: Job) -> Phases:
        """Yield phases; each ``yield`` returns the phase's result.

        Return the result with the weights to keep. If you return None, the run keeps the last phase, or the best so
        far if the last one was undone. The last phase need not have the best score: a phase is undone only if it
        is worse than the best by more than noise.

        The same job and results must give the same phases: a resumed run compares them with its journal. An
        error in a phase is raised at its ``yield``.
        """


Phases = Generator["Phase", "PhaseResult", "PhaseResult | None"]
