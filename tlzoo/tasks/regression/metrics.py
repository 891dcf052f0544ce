"""Metrics of regression."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tlzoo.errors import DataError, TrainingError
from tlzoo.tasks.metrics import Figure, Points, ReportSection, Score
from tlzoo.tasks.standard_errors import error_of_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["RegressionMetrics", "TargetMetrics", "regression_metrics"]


@dataclass(frozen=True, slots=True)
class TargetMetrics:
    """One target: errors in its own unit, and R², None if its true values are constant."""

    mae: float
    rmse: float
    r2: float | None


@dataclass(frozen=True, slots=True)
class RegressionMetrics:
    """Metrics over a number of ``examples``; each figure is the mean over the targets.

    ``mae`` is the mean absolute error, ``rmse`` the root mean squared error, ``r2`` the share of variance that
    is explained (1 at best, below 0 for worse than the mean), None if a target is constant.
    ``standard_error`` is that of R², with the variance of the targets taken as known. ``explained_variance`` is the
    score of validation: R² with the variance of the training split; None if that is unknown.
    """

    examples: int
    mae: float
    rmse: float
    r2: float | None
    per_target: Mapping[str, TargetMetrics]
    standard_error: float = math.nan
    explained_variance: float | None = None
    row_title: ClassVar[str] = "target"
    report: ClassVar[ReportSection] = ReportSection(
        Path(__file__).parent / "templates",
        "Test examples with the largest errors, in standard deviations of the training split.",
    )

    @property
    def score(self) -> Score:
        """R²; NaN if a target is constant."""
        return Score("R²", math.nan if self.r2 is None else self.r2, self.standard_error)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Mean absolute error, root mean squared error, R², explained variance if known, and number of examples."""
        explained = self.explained_variance
        return (
            Figure("mae", "mean absolute error", self.mae),
            Figure("rmse", "root mean squared error", self.rmse),
            Figure("r2", "R²", self.r2),
            *(() if explained is None else (Figure("explained_variance", "explained variance", explained),)),
            Figure("examples", "examples", self.examples, "count"),
        )

    @property
    def rows(self) -> Mapping[str, tuple[Figure, ...]]:
        """The errors and R² of each target; empty for a single one, which has the overall figures."""
        if len(self.per_target) == 1:
            return {}
        return {
            name: (Figure("mae", "MAE", each.mae), Figure("rmse", "RMSE", each.rmse), Figure("r2", "R²", each.r2))
            for name, each in self.per_target.items()
        }

    def points(self, labels: np.ndarray, answers: np.ndarray) -> Mapping[str, Points]:
        """Return true and predicted numbers by target, from labels and answers (N, T)."""
        return {
            name: (tuple(map(float, labels[:, at])), tuple(map(float, answers[:, at])))
            for at, name in enumerate(self.per_target)
        }

    def baseline_note(self, split: str) -> str | None:
        """Return a note if R² is no better than always predicting the mean of the targets."""
        if self.r2 is None or self.r2 > 0:
            return None
        return f"{split} R² {self.r2:.3f} is no better than always predicting the mean of the targets (0)"

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> RegressionMetrics:
        """Return the metrics in a value of ``to_json``; figures that an earlier version did not write are unknown."""
        error = values.get("standard_error")
        return cls(
            examples=values["examples"],
            mae=values["mae"],
            rmse=values["rmse"],
            r2=values["r2"],
            per_target={name: TargetMetrics(**each) for name, each in values["per_target"].items()},
            standard_error=math.nan if error is None else error,
            explained_variance=values.get("explained_variance"),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the value of ``test`` in the command line's JSON: plain numbers and dictionaries."""
        return asdict(self)


def regression_metrics(
    labels: NDArray[np.floating[Any]], predictions: NDArray[np.floating[Any]], targets: tuple[str, ...]
) -> RegressionMetrics:
    """Compare true numbers (N, T) with predicted ones (N, T).

    Raises:
        DataError: If there are no labels or the shapes do not match.
        TrainingError: For predictions that are not numbers.
    """
    import numpy as np
    from sklearn import metrics

    truth, found = np.asarray(labels, np.float64), np.asarray(predictions, np.float64)
    if not len(truth):
        raise DataError("there is no labelled example to evaluate on")
    if truth.shape != found.shape or truth.shape[1:] != (len(targets),):
        raise DataError(f"expected numbers (N, {len(targets)}); got {truth.shape} and {found.shape}")
    if not np.isfinite(found).all():
        raise TrainingError("the model's predictions are NaN: training has diverged", "use a lower learning rate")
    mae = metrics.mean_absolute_error(truth, found, multioutput="raw_values")
    rmse = metrics.root_mean_squared_error(truth, found, multioutput="raw_values")
    varies = np.ptp(truth, axis=0) > 0
    shares = metrics.r2_score(truth, found, multioutput="raw_values") if varies.any() else np.zeros(len(targets))
    known = bool(varies.all())
    return RegressionMetrics(
        examples=len(truth),
        mae=float(mae.mean()),
        rmse=float(rmse.mean()),
        r2=float(shares.mean()) if known else None,
        per_target={
            name: TargetMetrics(float(mae[i]), float(rmse[i]), float(shares[i]) if varies[i] else None)
            for i, name in enumerate(targets)
        },
        standard_error=error_of_mean(_explained(truth, found)) if known else math.nan,
    )


def _explained(truth: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the contribution of each sample to R², (N,): their mean is R²."""
    import numpy as np

    rows: NDArray[np.float64] = 1 - (np.square(truth - found) / truth.var(axis=0)).mean(axis=1)
    return rows
