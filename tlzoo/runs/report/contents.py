"""The contents of a run's report."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.artifacts.formats.documents import read_json
from tlzoo.files.format_number import without_format
from tlzoo.keras_objects import KerasConfig
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.runs.report.examples import example_predictions
from tlzoo.runs.results.target_metrics import headline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.data import Dataset
    from tlzoo.evaluation import Report
    from tlzoo.runs.executing.driver import Done, Outcome
    from tlzoo.runs.files.folder import RunFolder
    from tlzoo.runs.opening.open_recipe import Opened
    from tlzoo.runs.report.failures import Failures
    from tlzoo.training import Evaluation, Plan, Trainer

__all__ = ["describe_run"]


def describe_run(
    folder: RunFolder,
    opened: Opened,
    trainer: Trainer,
    outcome: Outcome,
    test: Evaluation,
    seconds: float,
    failures: Failures,
    target: Mapping[str, Any] | None = None,
) -> Report:
    """Return the report of a run.

    ``test`` has the metrics on the test split, ``target`` the metrics of each phase on the target. Parts made by a task
    or a modality are skipped if they fail, with a note in ``failures``.
    """
    from tlzoo.evaluation import AuditLine, Report

    data, sizes = opened.data, opened.sizes
    environment = without_format(read_json(folder.environment), str(folder.environment))
    metrics = MetricsFile(folder.metrics).lines
    labelled, kind = data.labelled, type(data.task).__name__
    samples, most_wrong = (
        ((), ())
        if labelled is None
        else failures.attempt("examples", kind, lambda: example_predictions(labelled, test), ((), ()))
    )
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
        facts=_facts(opened, sizes)
        | {"Final weights": f"after phase {outcome.kept.phase}"}
        | _keras_facts(opened, test),
        warnings=data.notes,
        notes=_told(folder),
        metrics=test.metrics,
        points=failures.attempt("plot of the answers", type(test.metrics).__name__, lambda: _points(test), {}),
        calibration=failures.attempt("calibration", type(test.metrics).__name__, lambda: _calibration(test), ()),
        curves=failures.attempt("curves", type(test.metrics).__name__, lambda: _curves(labelled, test), ()),
        coverage=test.coverage,
        target=_on_target(target, opened.data.task.kind),
        phases=_phases(outcome, metrics),
        audit=tuple(AuditLine(done.phase.name, kept=True, text=_audited(done)) for done in outcome.phases),
        rate_ranges=_rate_ranges(folder),
        set_aside=tuple((each.name, each.reason) for each in opened.set_aside),
        samples=samples,
        most_wrong=most_wrong,
    )


def _phases(outcome: Outcome, metrics: list[dict[str, Any]]) -> tuple[Any, ...]:
    """Return the phases, each with the one that it starts from, and whether the final weights come from it."""
    places = {done.result.checkpoint: place for place, done in enumerate(outcome.phases)}
    after = [places.get(str(done.phase.start), -1) for done in outcome.phases]
    kept = set()
    place = places.get(outcome.kept.checkpoint, -1)
    while place >= 0 and place not in kept:
        kept.add(place)
        place = after[place]
    return tuple(_phase(done, metrics, after[at], kept=at in kept) for at, done in enumerate(outcome.phases))


def _phase(done: Done, metrics: list[dict[str, Any]], after: int, *, kept: bool) -> Any:
    from tlzoo.evaluation import PhaseSummary

    own = [line for line in metrics if line.get("position") == int(done.result.checkpoint.rpartition("-")[2])]
    return PhaseSummary(
        name=done.phase.name,
        trains=str(done.phase.train)
        + ("" if done.phase.objective is None else f", objective {type(done.phase.objective).__name__}"),
        mode=_mode(done.plan),
        rates=_rates(done),
        units=done.result.units,
        seconds=done.result.seconds,
        score=done.result.score,
        stopped=done.result.stopped,
        history=tuple(
            {key: float(value) for key, value in line.items() if isinstance(value, float) or key == "steps"}
            for line in own
        ),
        after=after,
        kept=kept,
        solved=done.plan.solver == "lbfgs",
    )


def _told(folder: RunFolder) -> tuple[str, ...]:
    """Return the messages of the strategy."""
    return tuple(str(event["text"]) for event in Journal(folder.journal).events if event["event"] == "told")


def _rates(done: Done) -> str:
    rates = done.phase.rates
    if done.plan.solver == "lbfgs":
        return f"none: solved to the optimum, penalty {done.result.metrics['penalty']:.3g}"
    return f"{rates:g}" if isinstance(rates, float) else ", ".join(f"{which} {rate:g}" for which, rate in rates)


def _mode(plan: Plan) -> str:
    mode = plan.mode if plan.mode != "cached prefix" else f"cached prefix up to {plan.cut}"
    return f"{mode}, {plan.image_size} px" if plan.image_size else mode


def _rate_ranges(folder: RunFolder) -> tuple[Any, ...]:
    """Return the results of the strategy's learning rate range tests, from the journal."""
    from tlzoo.evaluation import RateRangeTest

    answers = [
        event["answer"]
        for event in Journal(folder.journal).events
        if event["event"] == "probe"
        and event["question"]["kind"] == "rate-range"
        and {"rates", "losses", "suggested"} <= event["answer"].keys()
    ]
    return tuple(RateRangeTest(tuple(each["rates"]), tuple(each["losses"]), each["suggested"]) for each in answers)


def _audited(done: Done) -> str:
    counts = done.result.audited
    return (
        f"{counts.get('trained', 0)} trained and changed, {counts.get('statistics', 0)} moving averages, "
        f"{counts.get('frozen', 0)} frozen and unchanged"
    )


def _facts(opened: Opened, sizes: Mapping[str, int]) -> dict[str, str]:
    facts: dict[str, str] = {"Weights": opened.recipe.weights or "pretrained"}
    if sizes:
        validated = f"{sizes['validation']} examples" if sizes["validation"] else "no examples: too few labels"
        facts |= {"Trained on": f"{sizes['train']} examples", "Validated on": validated}
    if opened.recipe.thresholds != "half":
        facts["Decision thresholds"] = f"by {opened.recipe.thresholds} on the validation split"
    if opened.recipe.calibrate != "none":
        facts["Calibration"] = f"{opened.recipe.calibrate} scaling"
    if opened.recipe.balance != "none":
        facts["Class balance"] = opened.recipe.balance
    return facts if opened.data.labelled is None else facts | _weighing(opened.data.labelled)


def _keras_facts(opened: Opened, test: Evaluation) -> dict[str, str]:
    """Return the Keras objects of the run, and the values of its Keras metrics on the test split."""
    recipe = opened.recipe
    objects = {"Optimizer": recipe.optimizer, "Loss": recipe.loss}
    facts = {title: str(each) for title, each in objects.items() if isinstance(each, KerasConfig)}
    return facts | {f"{name} (test)": f"{value:.4g}" for name, value in test.keras_metrics.items()}


def _points(test: Evaluation) -> Any:
    """Return the points of a plot of numbers, none for metrics that have no such plot."""
    from tlzoo.tasks import Scattered

    if not isinstance(test.metrics, Scattered) or test.labels is None or test.answers is None:
        return {}
    return test.metrics.points(test.labels, test.answers)


def _curves(data: Dataset | None, test: Evaluation) -> Any:
    """Return the points of the curves of each class; none for metrics without areas under them."""
    from tlzoo.evaluation import ClassPoints
    from tlzoo.tasks import Curves
    from tlzoo.tasks.curves import points

    curves = getattr(test.metrics, "curves", None)
    if data is None or test.labels is None or test.answers is None or not isinstance(curves, Curves):
        return ()
    members = zip(data.task.class_members(test.labels), test.answers.T, strict=True)
    return tuple(ClassPoints(*points(of, answers)) for (name, of), answers in members if name in curves.per_class)


def _calibration(test: Evaluation) -> Any:
    """Return the probabilities of the test split, and those before calibration; none for metrics without them."""
    from tlzoo.evaluation import CalibrationLine
    from tlzoo.tasks import Reliable

    lines: list[CalibrationLine] = []
    for name, each in (
        ("calibrated" if test.uncalibrated else "test split", test.metrics),
        ("before", test.uncalibrated),
    ):
        if isinstance(each, Reliable):
            lines.append(CalibrationLine(name, each.log_loss, each.reliability))
    return tuple(lines)


def _on_target(target: Mapping[str, Any] | None, task: str) -> tuple[Any, ...]:
    """Return a row for each phase measured on the target."""
    from tlzoo.evaluation import TargetLine

    if target is None or target["phases"] is None:
        return ()
    return tuple(
        TargetLine(each["name"], kept=each["kept"], figures=headline(each["metrics"], task))
        for each in target["phases"]
    )


def _weighing(data: Dataset) -> dict[str, str]:
    if data.weights is None:
        return {}
    own = data.weights[data.train].astype(np.float64)
    effective = own.sum() ** 2 / np.square(own).sum()
    return {"Sample weights": f"{own.min():g} to {own.max():g}; effective sample size {effective:.0f}"}


def _flat(environment: dict[str, Any]) -> dict[str, str]:
    """Return the environment as pairs of name and text."""
    flat: dict[str, str] = {}
    for key, value in environment.items():
        if isinstance(value, dict):
            flat[key] = ", ".join(f"{name} {version}" for name, version in value.items())
        elif isinstance(value, list):
            flat[key] = ", ".join(map(str, value))
        else:
            flat[key] = str(value)
    return flat
