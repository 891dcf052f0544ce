"""Unsupervised domain adaptation from a labelled source to an unlabelled target."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)

from tlzoo.backbones.selection import Selection, everything, head, matching, top
from tlzoo.errors import UsageError, did_you_mean
from tlzoo.objectives import AdaBN, Objective, find_objective
from tlzoo.strategies.advice import HeadRate, TunedRate
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.job import Job
from tlzoo.strategies.phase import Epochs, Phase, PhaseResult, Share

__all__ = ["DomainAdaptation"]

_AVERAGES = ("*/moving_mean", "*/moving_variance")


class DomainAdaptation(Strategy):
    """Adapt a model to unlabelled inputs (``--target``) while it trains on labelled ones (``--data``).

    The head trains on the source. Then the network is trained twice for the same time: once on the source only,
    once with the objective. Both are evaluated on the target if a part has labels. The adapted network is kept:
    the validation split is of the source, so it cannot decide which is better on the target.

    ``adabn`` trains nothing on the target: the source is normalized by its own statistics from the start, and
    those of the target replace them at the end.

    Options of the objective are options of the strategy too, such as ``-S objective=mcc -S temperature=2``; `tlzoo
    objectives NAME` shows them.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    name: ClassVar[str] = "domain-adaptation"
    needs_target: ClassVar[bool] = True

    objective: str = Field(
        default="mcc", description="objective that aligns source and target: a name of `tlzoo objectives`"
    )
    weight: PositiveFloat | None = Field(
        default=None, description="weight of the objective in the loss; default: that of the objective"
    )
    at: Literal["features", "outputs"] | None = Field(
        default=None,
        description="tensors that coral, mmd and dann compare: before or after the head's last layer; default features",
    )
    unfreeze: PositiveInt | Literal["all", "none"] = Field(
        default="all", description="number of stages to unfreeze from the top, 'all', or 'none' for only the head"
    )
    head_rate: HeadRate = Field(default=1e-2, description="learning rate of the head on a frozen backbone")
    rate: TunedRate = Field(default=3e-4, description="learning rate after unfreezing")
    head_share: float = Field(default=0.2, gt=0, lt=1, description="share of the budget for the head phase")
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay")

    @field_validator("objective")
    @classmethod
    def _is_registered(cls, name: str) -> str:
        try:
            find_objective(name)
        except UsageError as error:
            raise ValueError(str(error)) from error
        return name

    @model_validator(mode="after")
    def _options_are_the_objectives(self) -> Self:
        known, given = find_objective(self.objective).model_fields, self._objective_options()
        for name in given:
            if name not in known:
                own = set(known) | (set(type(self).model_fields) - {"weight", "at"})
                fix = did_you_mean(name, own, valid="options")
                raise ValueError(f"neither domain-adaptation nor {self.objective!r} has an option {name!r}; {fix}")
        try:
            self._objective()
        except ValidationError as error:
            first = error.errors()[0]
            what = ".".join(map(str, first["loc"]))
            message = str(first["msg"]).removeprefix("Value error, ")
            raise ValueError(f"{self.objective!r}, option {what!r}: {message} (got {first['input']!r})") from error
        return self

    def phases(self, job: Job) -> Phases:
        """Yield the phases of the head, of the source only, and of adaptation; return the last."""
        objective = self._objective()
        if objective.measures_statistics:
            _require_batch_norm(job)
        if self.unfreeze != "none" and job.budget < 2 * job.least:
            raise UsageError(
                f"domain-adaptation trains the head first and then the backbone; --{job.unit} {job.budget} is too "
                "small for both",
                f"use --{job.unit} {2 * job.least} or more, or -S unfreeze=none",
            )
        first = None if self.unfreeze == "none" else (yield self._head("head", "initial"))
        yield self._tuned("source only", first)
        if objective.measures_statistics:
            return (yield from self._by_statistics(objective))
        return (yield self._tuned(self.objective, first, objective))

    def _by_statistics(self, objective: Objective) -> Phases:
        """Yield the phases of AdaBN: BatchNorm layers have statistics of the source in training.

        The objective measures those of the target at the end.
        """
        source = yield self._statistics("source statistics", AdaBN(domain="source"), "initial")
        trained = yield self._head("head on them", source.checkpoint, share=1.0 if self.unfreeze == "none" else None)
        if self.unfreeze != "none":
            trained = yield self._tuned("source with them", trained, statistics="trained")
        return (yield self._statistics(self.objective.removeprefix("tlzoo/"), objective, trained.checkpoint))

    def _statistics(self, name: str, objective: Objective, start: str) -> Phase:
        return Phase(name=name, train=matching(*_AVERAGES), budget=Epochs(1), objective=objective, start=start)

    def _head(self, name: str, start: str, share: float | None = None) -> Phase:
        return Phase(
            name=name,
            train=head(),
            budget=Share(share or self.head_share),
            rates=self.head_rate,
            weight_decay=self.weight_decay,
            start=start,
        )

    def _tuned(
        self,
        name: str,
        first: PhaseResult | None,
        objective: Objective | None = None,
        statistics: Literal["frozen", "trained"] = "frozen",
    ) -> Phase:
        """Return the phase of all trained variables, after the head phase, or from the start without one."""
        return Phase(
            name=name,
            train=self._selection(),
            budget=Share(1.0 if first is None else 1 - self.head_share),
            rates=self.head_rate if first is None else self.rate,
            warmup=0.0 if first is None else 0.1,
            weight_decay=self.weight_decay,
            objective=objective,
            statistics=statistics,
            start="initial" if first is None else first.checkpoint,
        )

    def _selection(self) -> Selection:
        if self.unfreeze == "none":
            return head()
        return everything() if self.unfreeze == "all" else head() | top(self.unfreeze)

    def _objective(self) -> Objective:
        """Return the objective with its options."""
        return find_objective(self.objective).model_validate(self._objective_options())

    def _objective_options(self) -> dict[str, Any]:
        """Return the objective's options: ``weight`` and ``at`` if set, and all that are unknown here."""
        named = {"weight": self.weight, "at": self.at}
        return {name: value for name, value in named.items() if value is not None} | (self.__pydantic_extra__ or {})


def _require_batch_norm(job: Job) -> None:
    try:
        matching(*_AVERAGES).paths(job.parts)
    except UsageError as error:
        raise UsageError(
            f"{job.backbone.model.name} and its head have no BatchNorm for adabn to adapt",
            "use another objective",
        ) from error
