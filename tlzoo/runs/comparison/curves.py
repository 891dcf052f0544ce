"""Learning curves of a run from its metrics file, along the phases that lead to its final weights."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tlzoo.evaluation.run_curves import RunCurve
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.runs.files.paths import RunPaths
from tlzoo.runs.files.phase_starts import read_phase_starts

if TYPE_CHECKING:
    from tlzoo.runs.run import Run

__all__ = ["run_curve"]

_PLACES = ("position", "epoch", "steps")


def run_curve(run: Run, key: int) -> RunCurve:
    """Return the metrics of every epoch against the number of epochs since the start of the run.

    Phases that the final weights do not come from are left out. Raises BytesRefusedError for a damaged file.
    """
    folder = RunPaths(run.path)
    lines = MetricsFile(folder.metrics).lines if folder.metrics.is_file() else []
    order = read_phase_starts(Journal(folder.journal))
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    ends: dict[int, int] = {-1: 0}
    for line in lines:
        place = line.get("position", 0)
        if place in order.discarded:
            continue
        begin = ends.get(order.starts.get(place, place - 1), 0)
        epoch = ends.setdefault(place, begin) + 1
        ends[place] = epoch
        for name, value in line.items():
            if isinstance(value, float) and name not in _PLACES:
                points[name].append((float(epoch), value))
    return RunCurve(key, run.path.name, points)
