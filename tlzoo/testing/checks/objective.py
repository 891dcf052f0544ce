"""Conformance checks of an objective: its options, its name in the journal, and a phase with it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.testing.outcome import expect
from tlzoo.testing.reference import ReferenceSubject
from tlzoo.testing.session import Check, check
from tlzoo.testing.tensors import SAME, expect_equal
from tlzoo.testing.tiny import tiny_setup

if TYPE_CHECKING:
    from tlzoo.objectives import Objective
    from tlzoo.strategies import Phase, PhaseResult

__all__ = ["OBJECTIVE_CHECKS", "ObjectiveSubject", "has_defaults", "is_the_same_again", "survives_a_journal", "trains"]


@dataclass(frozen=True, slots=True)
class Ran:
    """Result of a phase with the objective, and the weights of the network by path."""

    result: PhaseResult
    weights: dict[str, np.ndarray[Any, Any]]


@final
class ObjectiveSubject(ReferenceSubject):
    """An objective by its registered name, ``module:Class`` or ``./file.py:Class``."""

    @property
    def registered(self) -> str | None:
        """The registered name, if it was given."""
        return None if ":" in self._reference else self._reference

    @cached_property
    def objective(self) -> Objective:
        """The objective with its default options."""
        from tlzoo.runs.opening.components import make_objective

        return self._made(make_objective)

    @cached_property
    def phase(self) -> Phase:
        """A phase of one epoch: it trains everything, or sets the statistics that the objective measures."""
        from tlzoo.strategies import Epochs, Phase, everything, matching

        averages = matching("*/moving_mean", "*/moving_variance")
        train = averages if self.objective.measures_statistics else everything()
        return Phase(name="objective", train=train, budget=Epochs(1), rates=1e-3, objective=self.objective)

    @cached_property
    def ran(self) -> Ran:
        """Result of the phase, run once."""
        return self.run()

    def run(self, seed: int = 0) -> Ran:
        """Run the phase on a small network, with labelled images and darker unlabelled ones.

        ``seed`` is TensorFlow's global seed. The result must not depend on it, as a resumed run has another one.
        """
        import tensorflow as tf

        from tlzoo.runs.files.journal import MetricsFile
        from tlzoo.training import SupervisedTrainer

        tf.random.set_seed(seed)
        trainer = SupervisedTrainer()
        with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as folder:
            state = trainer.prepare(tiny_setup(Path(folder, "checkpoints")))
            plan = trainer.plan(state, self.phase)
            result = trainer.run(state, self.phase, 1, plan, MetricsFile(Path(folder, "metrics.jsonl")))
            return Ran(result, {path: variable.numpy() for path, variable in state.network.variables.items()})


@check()
def has_defaults(subject: ObjectiveSubject) -> None:
    """Check that the class is found and has defaults for all options."""
    _ = subject.objective


@check(has_defaults)
def survives_a_journal(subject: ObjectiveSubject) -> None:
    """Check that the journal's name and options recreate it, and that its name is the registered one."""
    from tlzoo.objectives import read_objective

    objective = subject.objective
    again = read_objective(objective.model_dump(mode="json"))
    expect(again == objective, f"{objective!r} became {again!r}")
    registered, of_core = subject.registered, type(objective).__module__.startswith("tlzoo.")
    if registered is not None and not of_core:  # journals have class names for objectives of the core
        expect(objective.name == registered, f"the name of the class is {objective.name!r}; set name = {registered!r}")


@check(has_defaults)
def trains(subject: ObjectiveSubject) -> None:
    """Check that a phase with it ends with a finite loss, and that only the right variables changed."""
    result = subject.ran.result
    expect(all(np.isfinite(each) for each in result.metrics.values()), f"the phase ended with {dict(result.metrics)}")
    moved = result.audited.get("trained", 0) + result.audited.get("statistics", 0)
    expect(moved, "the phase changed no variable")


@check(trains)
def is_the_same_again(subject: ObjectiveSubject) -> None:
    """Check that it draws no random numbers: a resumed run would end with other weights."""
    first, second = subject.ran.weights, subject.run(seed=1).weights
    expect_equal([*first.values()], [second[path] for path in first], "the same phase", SAME)


OBJECTIVE_CHECKS: tuple[Check[ObjectiveSubject], ...] = (has_defaults, survives_a_journal, trains, is_the_same_again)
