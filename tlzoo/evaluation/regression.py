"""How good predicted numbers are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tlzoo.errors import DataError, TrainingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["RegressionMetrics", "TargetMetrics", "regression_metrics"]


@dataclass(frozen=True, slots=True)
class TargetMetrics:
    """One target: errors in its own unit, and R², None where its truth does not vary."""

    mae: float
    rmse: float
    r2: float | None


@dataclass(frozen=True, slots=True)
class RegressionMetrics:
    """What ``examples`` predicted numbers come to; each figure is the mean over the targets.

    ``mae`` is the mean absolute error, ``rmse`` the root of the mean squared one, ``r2`` the share of the variance that
    is explained (1 at best, below 0 for worse than the mean), None where a target does not vary.
    """

    examples: int
    mae: float
    rmse: float
    r2: float | None
    per_target: Mapping[str, TargetMetrics]
    kind: ClassVar[Literal["regression"]] = "regression"

    def to_json(self) -> dict[str, Any]:
        """Return the value of ``test`` in the command line's JSON: plain numbers and dictionaries."""
        return asdict(self)


def regression_metrics(
    labels: NDArray[np.floating[Any]], predictions: NDArray[np.floating[Any]], targets: tuple[str, ...]
) -> RegressionMetrics:
    """Compare true numbers (N, T) with predicted ones (N, T).

    Raises DataError where there is nothing to compare or the shapes do not fit, TrainingError for predictions that are
    not numbers.
    """
    import numpy as np
    from sklearn import metrics

    truth, found = np.asarray(labels, np.float64), np.asarray(predictions, np.float64)
    if not len(truth):
        raise DataError("there is no labelled example to evaluate on")
    if truth.shape != found.shape or truth.shape[1:] != (len(targets),):
        raise DataError(f"expected numbers (N, {len(targets)}). Received: {truth.shape} and {found.shape}")
    if not np.isfinite(found).all():
        raise TrainingError("the model's predictions are not numbers: it has diverged", "use a lower learning rate")
    mae = metrics.mean_absolute_error(truth, found, multioutput="raw_values")
    rmse = metrics.root_mean_squared_error(truth, found, multioutput="raw_values")
    varies = np.ptp(truth, axis=0) > 0
    shares = metrics.r2_score(truth, found, multioutput="raw_values") if varies.any() else np.zeros(len(targets))
    return RegressionMetrics(
        examples=len(truth),
        mae=float(mae.mean()),
        rmse=float(rmse.mean()),
        r2=float(shares.mean()) if varies.all() else None,
        per_target={
            name: TargetMetrics(float(mae[i]), float(rmse[i]), float(shares[i]) if varies[i] else None)
            for i, name in enumerate(targets)
        },
    )
