"""Measurement of an exported file by its own runtime, and its comparison with the run's own answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import ExportError
from tlzoo.export.drop_limit import AccuracyDrop

if TYPE_CHECKING:
    from tlzoo.export import Exporter
    from tlzoo.runs.exporting.samples import StoredSamples
    from tlzoo.tasks import Metrics, Task

__all__ = ["Exported", "measure", "threads"]

_LAST_LINES = 3


@dataclass(frozen=True, slots=True)
class Exported:
    """An exported file and its measurements on the test split, which are None for a format without a runtime.

    ``path`` is the file or folder, ``bytes`` the size of all files of the format. ``milliseconds`` is the median time
    of one sample; ``batch_milliseconds`` that of one sample in batches of the fastest size, ``batch``. ``peak_bytes``
    is the peak memory of a process that only predicts. ``accuracy`` and ``run_accuracy`` are shares of correct samples,
    of the file and of the run; None if labels are numbers or there are none. Maps have the mean share of correct cells
    of a sample. ``score`` and ``run_score`` are the values of the task's score ``score_name``. ``difference`` is the
    largest difference of a prediction, ``changed`` the number of samples with another label; a map counts by the share
    of its cells with another label.
    """

    format: str
    path: Path
    bytes: int
    samples: int
    milliseconds: float | None = None
    batch: int | None = None
    batch_milliseconds: float | None = None
    load_seconds: float | None = None
    peak_bytes: int | None = None
    accuracy: float | None = None
    run_accuracy: float | None = None
    score_name: str | None = None
    score: float | None = None
    run_score: float | None = None
    difference: float | None = None
    changed: float | None = None
    drop: AccuracyDrop | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the element of ``tlzoo export --json``."""
        names = [name for name in type(self).__slots__ if name not in {"path", "drop"}]
        values = {name: getattr(self, name) for name in names}
        drop = None if self.drop is None else self.drop.value
        interval = None if self.drop is None else [self.drop.lower, self.drop.upper]
        return {"format": self.format, "path": str(self.path)} | values | {"drop": drop, "interval": interval}


def measure(
    exporter: Exporter, path: Path, size: int, samples: StoredSamples, task: Task, metrics: Metrics, folder: Path
) -> tuple[Exported, np.ndarray | None]:
    """Run a file on all samples in a process of its own; return its measurements and predictions.

    Args:
        exporter: The format.
        path: The file.
        size: Bytes of all files of the format.
        samples: The test samples.
        task: The task of the predictions.
        metrics: The run's metrics on these samples, with its decision thresholds.
        folder: A temporary folder.

    Returns:
        The measurements, and the predictions (N, C), or None without a runtime.

    Raises:
        ExportError: If the runtime fails, or predicts numbers that are not finite and the run does not.
    """
    answers = folder / f"{exporter.format.replace(':', '-')}.npy"
    found = _worker(exporter, path, samples, answers)
    if not found.pop("runtime"):
        return Exported(exporter.format, path, size, len(samples)), None
    predicted = np.load(answers, allow_pickle=False)
    answers.unlink()
    if predicted.shape != samples.answers.shape:
        raise ExportError(
            f"{exporter.format}: the file returns an array of shape {predicted.shape}, the run {samples.answers.shape}",
            "report it to the authors of the format",
        )
    if broken := int(
        (np.isfinite(samples.answers) & ~np.isfinite(predicted)).reshape(len(samples), -1).any(axis=1).sum()
    ):
        raise ExportError(
            f"{exporter.format}: the file's predictions are not finite for {broken} of {len(samples)} test samples",
            "use a more exact precision",
        )
    return Exported(
        exporter.format, path, size, len(samples), **found, **_compared(predicted, samples, task, metrics)
    ), predicted


def _compared(predicted: np.ndarray, samples: StoredSamples, task: Task, metrics: Metrics) -> dict[str, Any]:
    """Return the differences between predictions (N, …, C) and the run's own answers, and the accuracy of both."""
    values = {"difference": float(np.abs(predicted - samples.answers).max()), **_score(predicted, samples)}
    equal = task.equal_answers(samples.answers, predicted, metrics, samples.labels)
    if equal is None:
        return values
    changed = float((1 - equal).sum())
    values["changed"] = int(changed) if changed.is_integer() else changed
    own, its = (
        None if samples.labels is None else task.right_answers(samples.labels, each, metrics)
        for each in (samples.answers, predicted)
    )
    if own is None or its is None:
        return values
    return values | {
        "accuracy": float(its.mean()),
        "run_accuracy": float(own.mean()),
        "drop": AccuracyDrop.of(own, its),
    }


def _score(predicted: np.ndarray, samples: StoredSamples) -> dict[str, Any]:
    if samples.metrics is None:
        return {}
    score, own = samples.metrics(predicted).score, samples.metrics(samples.answers).score
    return {"score_name": score.name, "score": float(score.value), "run_score": float(own.value)}


def threads() -> int:
    """Return the number of threads of the measured runtimes: ``OMP_NUM_THREADS``, or one per core."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given.isdecimal() and int(given):
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _worker(exporter: Exporter, path: Path, samples: StoredSamples, answers: Path) -> dict[str, Any]:
    job = {
        "name": exporter.name,
        "options": exporter.model_dump(mode="json"),
        "path": str(path),
        "inputs": dict(samples.inputs(exporter)),
        "answers": str(answers),
        "threads": threads(),
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tlzoo.export.worker"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == -2:  # noqa: PLR2004 - SIGINT, which the terminal sends to both
        raise KeyboardInterrupt
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        why = " ".join(done.stderr.strip().splitlines()[-_LAST_LINES:]) or "no output"
        raise ExportError(f"{exporter.format}: the measuring process ended with exit code {done.returncode}: {why}")
    found: dict[str, Any] = json.loads(lines[-1])
    if "error" in found:
        raise ExportError(f"{exporter.format}: its runtime refuses the file: {found['error']}", found["fix"])
    return found
