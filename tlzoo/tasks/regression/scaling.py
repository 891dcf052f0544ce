"""Standardization of targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.tasks.label_rows import Labels

__all__ = ["Scaling", "scaling_of"]


@dataclass(frozen=True, slots=True)
class Scaling:
    """Mean and standard deviation of each target, in its own unit; 1 for the deviation of a constant."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain lists, exact to the last bit."""
        return {"means": list(self.means), "deviations": list(self.deviations)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Scaling:
        """Return the scaling in a value of ``to_json``. Raises ValueError for values that are not finite."""
        try:
            read = cls(*(tuple(map(float, value[name])) for name in ("means", "deviations")))
        except (LookupError, TypeError, ValueError) as error:
            raise ValueError(f"its scaling has no lists of means and deviations: {value!r:.80}") from error
        if not np.isfinite([*read.means, *read.deviations]).all():
            raise ValueError(f"its scaling is not finite: {value!r:.80}")
        return read


def scaling_of(labels: Labels) -> Scaling:
    """Return the scaling by the labels (N, T) of a training split."""
    values = labels.astype(np.float64)
    deviations = values.std(axis=0)
    return Scaling(tuple(values.mean(axis=0).tolist()), tuple(np.where(deviations > 0, deviations, 1.0).tolist()))
