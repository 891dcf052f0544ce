"""What a strategy is: a generator of phases that receives their results."""

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
    """How knowledge is transferred. A strategy's fields are its options, in a recipe and as ``-S key=value``.

    Write one by subclassing::

        class HeadOnly(Strategy):
            name = "head-only"
            rate: float = 1e-3

            def phases(self, job):
                yield Phase(name="head", train=head(), rates=self.rate)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str] = ""
    """How a recipe calls it; a class without one is called by its class name."""

    weights: ClassVar[Literal["pretrained", "random"]] = "pretrained"
    """What the backbone starts from, unless the recipe says otherwise."""

    heeds_time: ClassVar[bool] = False
    """Whether it goes by ``job.seconds``: a recipe with a ``budget`` asks for such a strategy."""

    needs_target: ClassVar[bool] = False
    """Whether it makes no sense without unlabelled inputs of a target (``--target``): a recipe without is refused."""

    @property
    def adapter_rank(self) -> int:
        """Rank of the low-rank adapters that the backbone gets before the first phase; 0 for none."""
        return 0

    @abstractmethod
    def phases(self, job: Job) -> Phases:
        """Yield phases; each ``yield`` returns the phase's result.

        Return the result whose weights the run keeps. If you return None, the run keeps the last phase, or the best so
        far where the last one was undone. The last phase need not have the best score: a phase is undone only where it
        is worse than the best by more than noise.

        The same job and the same results must give the same phases: a resumed run replays them against its journal. An
        error in a phase is raised at its ``yield``.
        """


Phases = Generator["Phase", "PhaseResult", "PhaseResult | None"]
