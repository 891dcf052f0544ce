"""What a run's report says."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.runs.journal import Journal, MetricsFile

if TYPE_CHECKING:
    from tlzoo.data import Dataset
    from tlzoo.evaluation import ClassificationMetrics, Prediction, Report
    from tlzoo.runs.driving import Done, Outcome
    from tlzoo.runs.folder import RunFolder
    from tlzoo.runs.opening import Opened
    from tlzoo.training import Trainer

__all__ = ["describe_run"]

_SHOWN = 12


def describe_run(
    folder: RunFolder,
    opened: Opened,
    trainer: Trainer,
    outcome: Outcome,
    test: ClassificationMetrics,
    labels: np.ndarray,
    probabilities: np.ndarray,
    seconds: float,
) -> Report:
    """Return the report of a run: labels (N,) and probabilities (N, classes) are those of the test split, in order."""
    from tlzoo.evaluation import AuditLine, Report

    data = opened.data
    environment = json.loads(folder.environment.read_text(encoding="utf-8"))
    metrics = MetricsFile(folder.metrics).lines
    samples, most_wrong = _predictions(data, labels, probabilities)
    return Report(
        backbone=opened.entry.id,
        data=opened.recipe.data,
        strategy=opened.recipe.strategy.name,
        created=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        recipe=opened.recipe.to_toml(),
        environment=_flat(environment),
        head=opened.recipe.head.name,
        seed=opened.recipe.seed,
        seconds=seconds,
        unit=trainer.unit,
        facts={
            "Weights": opened.recipe.weights or "pretrained",
            "Trained on": f"{len(data.train)} examples",
            "Validated on": f"{len(data.validation)} examples" if len(data.validation) else "nothing: too few labels",
            "Kept": f"after {outcome.kept.phase}",
        },
        notes=data.notes,
        metrics=test,
        phases=tuple(_phase(done, metrics) for done in outcome.phases),
        audit=tuple(AuditLine(done.phase.name, kept=True, text=_audited(done)) for done in outcome.phases),
        rate_ranges=_rate_ranges(folder),
        set_aside=tuple((each.name, each.reason) for each in data.samples.set_aside),
        samples=samples,
        most_wrong=most_wrong,
    )


def _phase(done: Done, metrics: list[dict[str, Any]]) -> Any:
    from tlzoo.evaluation import PhaseSummary

    own = [line for line in metrics if line["position"] == int(done.result.checkpoint.rpartition("-")[2])]
    rates = done.phase.rates
    return PhaseSummary(
        name=done.phase.name,
        trains=str(done.phase.train),
        mode=done.plan.mode if done.plan.mode != "cached prefix" else f"cached prefix up to {done.plan.cut}",
        rates=f"{rates:g}" if isinstance(rates, float) else ", ".join(f"{which} {rate:g}" for which, rate in rates),
        units=done.result.units,
        seconds=done.result.seconds,
        score=done.result.score,
        stopped=done.result.stopped,
        history=tuple({key: value for key, value in line.items() if isinstance(value, float)} for line in own),
    )


def _rate_ranges(folder: RunFolder) -> tuple[Any, ...]:
    """Return the learning-rate range tests that the strategy asked for, from the journal."""
    from tlzoo.evaluation import RateRangeTest

    answers = [
        event["answer"]
        for event in Journal(folder.journal).events
        if event["event"] == "probe" and event["question"]["kind"] == "rate-range"
    ]
    return tuple(RateRangeTest(tuple(each["rates"]), tuple(each["losses"]), each["suggested"]) for each in answers)


def _audited(done: Done) -> str:
    counts = done.result.audited
    return (
        f"{counts.get('trained', 0)} variables trained and moved, {counts.get('statistics', 0)} moving averages, "
        f"{counts.get('frozen', 0)} frozen and unchanged"
    )


def _predictions(
    data: Dataset, labels: np.ndarray, probabilities: np.ndarray
) -> tuple[tuple[Prediction, ...], tuple[Prediction, ...]]:
    """Return a few predictions, evenly spread over the test split, and the most wrong ones."""
    spread = np.unique(np.linspace(0, len(labels) - 1, _SHOWN).astype(int))
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    of_truth = probabilities[wrong, labels[wrong]]
    worst = wrong[np.argsort(of_truth)[:_SHOWN]]
    return _shown(data, spread, labels, probabilities), _shown(data, worst, labels, probabilities)


def _shown(data: Dataset, rows: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> tuple[Prediction, ...]:
    from tlzoo.evaluation import Prediction

    if not len(rows):
        return ()
    positions = data.test[rows]
    seen = [{}] * len(rows) if data.examples.modality == "rl" else list(map(_seen, data.examples.stream(positions)))
    return tuple(
        Prediction(
            input=data.examples.name(int(position)),
            label=data.task.names[int(probabilities[row].argmax())],
            probability=float(probabilities[row].max()),
            truth=data.task.names[int(labels[row])],
            **own,
        )
        for row, position, own in zip(rows, positions, seen, strict=True)
    )


def _seen(raw: Any) -> dict[str, Any]:
    """Return what a reader sees of one raw input: a picture, or the lines of its texts."""
    value = raw.numpy()
    if raw.dtype.name != "string":
        return {"image": value}
    return {"text": "\n".join(part.decode("utf-8", "replace") for part in np.atleast_1d(value))}


def _flat(environment: dict[str, Any]) -> dict[str, str]:
    """Return the environment as name and text."""
    flat: dict[str, str] = {}
    for key, value in environment.items():
        if isinstance(value, dict):
            flat[key] = ", ".join(f"{name} {version}" for name, version in value.items())
        elif isinstance(value, list):
            flat[key] = ", ".join(map(str, value))
        else:
            flat[key] = str(value)
    return flat
