"""Whether a run is better than answers that look at no input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["constant_baseline_note"]


def constant_baseline_note(metrics: Mapping[str, Any], split: str) -> str | None:
    """Return what to say of metrics that a constant answer reaches, too; None where they are better.

    For classes the constant is the commonest class of the split, for numbers the mean of the split's targets: both are
    in the metrics, so nothing is computed for it.
    """
    if "confusion" in metrics:
        counts = {name: each["support"] for name, each in metrics["per_class"].items()}
        commonest = max(counts, key=lambda name: counts[name])
        share = counts[commonest] / max(1, sum(counts.values()))
        if metrics["accuracy"] > share or len([count for count in counts.values() if count]) == 1:
            return None
        return (
            f"{split} accuracy {metrics['accuracy']:.3f} is no better than always answering {commonest!r} ({share:.3f})"
        )
    r2 = metrics.get("r2")
    if r2 is None or r2 > 0:
        return None
    return f"{split} R² {r2:.3f} is no better than always answering the mean of the targets (0)"
