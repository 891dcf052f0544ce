"""The task of regression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from tlzoo.errors import DataError
from tlzoo.tasks.answers import DescribedAnswer, Doubt
from tlzoo.tasks.contract import Positions, ServingAnswers, ServingForm, Task
from tlzoo.tasks.decision import PLAIN, Decision
from tlzoo.tasks.label_rows import Labels, column_names, refuse_rows
from tlzoo.tasks.options import Balance, TaskOptions
from tlzoo.tasks.regression.criterion import RegressionCriterion
from tlzoo.tasks.regression.metrics import RegressionMetrics
from tlzoo.tasks.regression.outcomes import kept_numbers, number_outcomes
from tlzoo.tasks.regression.scaling import Scaling, scaling_of
from tlzoo.tasks.regression.strata import strata_of_numbers

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.tasks.label_rows import Rows
    from tlzoo.tasks.metrics import Metrics
    from tlzoo.tasks.outcomes import KeptAnswers, Outcomes

__all__ = ["Regression"]

_DEVIATIONS = 3.0
_SCALING = "scaling"


@dataclass(frozen=True, slots=True)
class Regression(Task):
    """Regression: prediction of numbers, the ``targets``.

    Labels are float32 (N, T), in the user's units; outputs are standardized.
    """

    targets: tuple[str, ...]
    kind: ClassVar[str] = "regression"
    losses: ClassVar[tuple[str, ...]] = ("mse", "huber")
    unused_fields: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"label_smoothing": "numbers have no labels to smooth"}
    )
    hub_task: ClassVar[str] = "{}-regression"
    names_key: ClassVar[str] = "targets"
    metrics_key: ClassVar[str] = "per_target"
    rows_key: ClassVar[str] = "per_target"
    cover_name: ClassVar[str] = "intervals"
    serving_outputs: ClassVar[Mapping[str, ServingForm]] = {"predictions": "numbers"}

    @classmethod
    def example(cls) -> Task:
        """Return a task of two targets."""
        return cls(("height", "width"))

    @classmethod
    def read(cls, rows: Rows, names: Rows | None, where: str) -> tuple[Task, Labels]:
        """Return the task and the labels of rows (N, T) of numbers."""
        targets = column_names(names, rows.shape[1], "target", where)
        if rows.dtype.kind not in "iufb":
            raise DataError(f"{where}: labels are of type {rows.dtype}", "give numbers")
        return cls(targets), rows.astype(np.float32)

    @classmethod
    def of_names(cls, names: Sequence[str]) -> Task:
        """Return the task of these names."""
        return cls(tuple(names))

    @property
    def names(self) -> tuple[str, ...]:
        """The targets."""
        return self.targets

    def show(self, label: Any) -> str:
        """Return the numbers, with their names if there are several."""
        numbers = [f"{float(value):.6g}" for value in label]
        if len(numbers) == 1:
            return numbers[0]
        return ", ".join(f"{name} {number}" for name, number in zip(self.targets, numbers, strict=True))

    def refusal(self, labels: Labels, count: int) -> str | None:
        """Return why these are not valid labels of ``count`` samples, or None."""
        if (wrong := refuse_rows(labels, count, len(self.targets))) is not None:
            return wrong
        if not np.isfinite(labels).all():
            return "a target is missing or infinite"
        return None

    def strata(self, labels: Labels) -> Positions:
        """Return up to ten ranges with about the same number of samples."""
        return strata_of_numbers(labels)

    def numbers(self, labels: Labels) -> Mapping[str, np.ndarray]:
        """Return the values (N,) of each target."""
        return dict(zip(self.targets, labels.T, strict=True))

    def doubts(self, labels: Labels, nearest: Positions, weights: np.ndarray) -> Iterator[Doubt]:
        """Yield samples that differ from their neighbours' mean by more than three deviations of such differences."""
        expected = np.einsum("nk,nkt->nt", weights, labels[nearest].astype(np.float64))
        off = labels - expected
        deviations = np.abs(off) / np.maximum(off.std(axis=0), 1e-12)
        for row in np.flatnonzero(deviations.max(axis=1) > _DEVIATIONS):
            yield Doubt(int(row), expected[row], deviations[row].max())

    def facts(self, labels: Labels) -> dict[str, Any]:
        """Return means and deviations of the targets."""
        return {_SCALING: scaling_of(labels).to_json()}

    def read_facts(self, recorded: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return means and deviations of the targets, if they were recorded."""
        if not recorded.get(_SCALING):
            return {}
        scaling, count = Scaling.from_json(recorded[_SCALING]), len(self.targets)
        if not len(scaling.means) == len(scaling.deviations) == count:
            found = f"{len(scaling.means)} means and {len(scaling.deviations)} deviations for {count} targets"
            raise ValueError(f"its scaling has {found}")
        return {_SCALING: scaling.to_json()}

    def criterion(self, labels: Labels, options: TaskOptions, facts: Mapping[str, Any]) -> RegressionCriterion:
        """Return the squared error or Huber loss of standardized targets."""
        scaling = Scaling.from_json(facts[_SCALING]) if _SCALING in facts else scaling_of(labels)
        loss: Literal["mse", "huber"] = "huber" if options.loss == "huber" else "mse"
        return RegressionCriterion(self.targets, np.array(scaling.means), np.array(scaling.deviations), loss)

    def score_name(self, balance: Balance) -> str:  # noqa: ARG002 - numbers have none
        """Return the explained variance."""
        return "explained variance"

    @classmethod
    def read_metrics(cls, values: Mapping[str, Any]) -> Metrics:
        """Return the metrics in a value of ``to_json``."""
        return RegressionMetrics.from_json(values)

    @property
    def cover_columns(self) -> int:
        """The number of targets: each has its own interval."""
        return len(self.targets)

    def nonconformity(self, labels: Labels, answers: np.ndarray) -> np.ndarray:
        """Return the absolute residuals (N, targets) (Lei et al. 2018, arXiv 1604.04173)."""
        residuals: np.ndarray = np.abs(labels.astype(np.float64) - answers)
        return residuals

    def cover(self, answers: np.ndarray, bounds: np.ndarray) -> dict[str, np.ndarray]:
        """Return the interval of each target: lower and upper end."""
        middle = answers.astype(np.float64)
        return {self.cover_name: np.stack([middle - bounds, middle + bounds], axis=-1).astype(np.float32)}

    def cover_sizes(self, answers: np.ndarray, bounds: np.ndarray) -> np.ndarray:
        """Return the widths of the intervals."""
        return np.broadcast_to(2 * bounds, answers.shape)

    def serving_answers(self, decision: Decision = PLAIN) -> ServingAnswers:
        """Return predictions (N, targets) in their own units."""
        bounds = decision.bounds

        def serve(answers: tf.Tensor) -> dict[str, tf.Tensor]:
            import tensorflow as tf

            if bounds is None:
                return {"predictions": answers}
            half = tf.constant(bounds, tf.float32)
            return {"predictions": answers, self.cover_name: tf.stack([answers - half, answers + half], axis=-1)}

        return serve

    def serving_arrays(self, answers: np.ndarray, decision: Decision = PLAIN) -> dict[str, np.ndarray]:
        """Return predictions in their own units."""
        return {"predictions": answers} | ({} if decision.bounds is None else self.cover(answers, decision.bounds))

    def read_answer(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return ``predictions`` by target, and the interval of each target if there is one."""
        if not np.isfinite(row["predictions"]).all():
            return None
        names = ("predictions", *(name for name in (self.cover_name,) if name in row))
        return {name: dict(zip(self.targets, np.asarray(row[name]).tolist(), strict=True)) for name in names}

    def describe_answer(self, answer: np.ndarray, metrics: Metrics) -> DescribedAnswer:  # noqa: ARG002 - as above
        """Return the numbers."""
        return DescribedAnswer(self.show(answer), judged=False)

    def mistakes(
        self,
        labels: Labels,
        answers: np.ndarray,
        metrics: Metrics,  # noqa: ARG002 - as above
        trained: Labels,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return all samples, the largest error in units of the targets' deviation first."""
        spread = trained.std(axis=0, dtype=np.float64)
        errors = np.abs(answers - labels) / np.where(spread > 0, spread, 1)
        return np.arange(len(labels)), errors.mean(axis=1)

    def kept_answers(self, labels: Labels, answers: np.ndarray, metrics: Metrics) -> KeptAnswers:  # noqa: ARG002 - as above
        """Return true and predicted numbers."""
        return kept_numbers(labels, answers)

    def outcomes(self, kept: KeptAnswers) -> Outcomes:
        """Return R², mean absolute error and root mean squared error, overall and of each target."""
        return number_outcomes(kept, self.targets, self.show)
