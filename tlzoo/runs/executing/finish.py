"""Final steps of a run: evaluation on the test split, model export, report and result."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tlzoo.runs.executing.decision_file import write_decision
from tlzoo.runs.executing.export import export_model
from tlzoo.runs.executing.kept_answers import keep_answers
from tlzoo.runs.exporting.companions import Origins
from tlzoo.runs.files.hashes import finish_folder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.files.own_exports import remember_exports
from tlzoo.runs.files.result import result_text
from tlzoo.runs.report.activation_images import with_activation_maps
from tlzoo.runs.report.contents import describe_run
from tlzoo.runs.report.failures import Failures
from tlzoo.runs.report.tensorboard import write_tensorboard
from tlzoo.runs.results.serving import trust_own_serving
from tlzoo.runs.results.target_metrics import measure_target
from tlzoo.training import evaluation_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tlzoo.export import ServingModel
    from tlzoo.runs.executing.driver import Outcome
    from tlzoo.runs.files.folder import RunFolder
    from tlzoo.runs.observing.tracking import Tracking
    from tlzoo.runs.opening.open_recipe import Opened
    from tlzoo.training import Evaluation, Trainer

__all__ = ["finish", "finish_untested", "summarize"]


def finish(
    folder: RunFolder,
    opened: Opened,
    trainer: Trainer,
    state: Any,
    outcome: Outcome,
    tell: Callable[[str], None],
    *,
    seconds: float,
    tracking: Tracking,
) -> None:
    """Evaluate, write all outputs of the run, and finally ``result.json``, which marks the run as complete.

    Without exporters, no model, TensorBoard log or report is written.
    """
    test = trainer.evaluate(state, "test")
    validation = trainer.evaluate(state, "validation") if opened.sizes.get("validation") else None
    result = summarize(folder, opened, trainer, outcome, validation, test, seconds)
    result["target"] = measure_target(opened, trainer, state, outcome)
    keep_answers(folder, opened.data.labelled, test, tell)
    verdict = _baseline_note(test, tell)
    if verdict is not None:
        tell(verdict)
        journal = Journal(folder.journal)
        if journal.find("told", text=verdict) is None:  # noted before, by an interrupted finish
            journal.append("told", text=verdict)
    write_decision(folder, trainer.decision(state))
    initial, memory = trainer.initial_weights(state), trainer.inference_memory(state)
    result["initial_weights"] = None if initial is None else dict(initial)
    result["memory"] = None if memory is None else dict(memory)
    result["exported"] = {}
    if opened.exporters:
        if not tracking.tracks_with("tensorboard"):
            write_tensorboard(folder)
        model = trainer.serving_model(state)
        if model is None:
            tell(f"no model exported: {type(trainer).__name__} has no model")
        else:
            origins = Origins(folder.path.name, opened.entry, opened.recipe.data, result["test"])
            result["exported"] = export_model(model, folder, opened.exporters, trainer, state, origins)
            result["imports"] = _needed_imports(folder)
        _write_report(folder, opened, trainer, state, outcome, test, seconds, result["target"], Failures(tell))
        trust_own_serving(folder.serving)
    tracking.log_result(folder, result)
    finish_folder(folder.path, result_text(result))
    remember_exports(folder.path, result["exported"].values())


def finish_untested(
    folder: RunFolder, opened: Opened, state: Any, outcome: Outcome, model: ServingModel, *, seconds: float
) -> None:
    """Write the model, the log of TensorBoard and ``result.json`` of a run without a test split and a report."""
    trainer = opened.trainer
    validation = trainer.evaluate(state, "validation") if opened.sizes.get("validation") else None
    result = summarize(folder, opened, trainer, outcome, validation, None, seconds)
    write_decision(folder, trainer.decision(state))
    memory = trainer.inference_memory(state)
    result["memory"] = None if memory is None else dict(memory)
    write_tensorboard(folder)
    origins = Origins(folder.path.name, opened.entry, opened.recipe.data, result["test"])
    result["exported"] = export_model(model, folder, opened.exporters, trainer, state, origins)
    result["imports"] = _needed_imports(folder)
    trust_own_serving(folder.serving)
    finish_folder(folder.path, result_text(result))
    remember_exports(folder.path, result["exported"].values())


def _write_report(
    folder: RunFolder,
    opened: Opened,
    trainer: Trainer,
    state: Any,
    outcome: Outcome,
    test: Evaluation,
    seconds: float,
    target: Mapping[str, Any] | None,
    failures: Failures,
) -> None:
    """Write the report, without the parts that fail; the report and a note name them."""
    from tlzoo.evaluation import write_report

    report = describe_run(folder, opened, trainer, outcome, test, seconds, failures, target)
    kind = type(trainer).__name__
    images = failures.attempt(
        "images", f"{kind}.report_images", lambda: tuple(trainer.report_images(state, folder.path)), ()
    )
    report = replace(report, images=images)
    report = failures.attempt(
        "activation maps", f"{kind}.activation_maps", lambda: with_activation_maps(report, trainer, state), report
    )
    report = replace(report, warnings=(*report.warnings, *failures.notes))
    write_report(folder.report, report, failures.tell)


def _needed_imports(folder: RunFolder) -> list[str]:
    """Return the modules to import before Keras can load the run's model; empty if no model was written."""
    from tlzoo.export import needed_imports

    return needed_imports(folder.model) if folder.model.is_file() else []


def summarize(
    folder: RunFolder,
    opened: Opened,
    trainer: Trainer,
    outcome: Outcome,
    validation: Evaluation | None,
    test: Evaluation | None,
    seconds: float,
) -> dict[str, Any]:
    """Return the output of ``tlzoo train --json``; ``score`` names the validation metric of the phases.

    For a run without a test split, ``test`` has only the names of the classes or targets.
    """
    phases = [
        {
            "name": done.phase.name,
            trainer.unit: done.result.units,
            "seconds": round(done.result.seconds, 3),
            "mode": done.plan.mode,
            "solver": done.plan.solver,
            "cut": done.plan.cut,
            "image_size": done.plan.image_size,
            "batch_size": done.plan.batch_size,
            "score": _number(done.result.score),
            "stopped": done.result.stopped,
            "kept": done.result.checkpoint == outcome.kept.checkpoint,
        }
        for done in outcome.phases
    ]
    return {
        "run": str(folder.path),
        "backbone": opened.entry.id,
        "strategy": opened.recipe.strategy.name,
        "head": opened.recipe.head.name,
        "augment": opened.recipe.augment.name,
        "data": opened.recipe.data,
        "seed": opened.recipe.seed,
        "weights": opened.recipe.weights,
        "task": opened.data.task.kind,
        "examples": {**opened.sizes, "set_aside": len(opened.set_aside)},
        "phases": phases,
        "score": opened.data.score_name(opened.recipe.balance),
        "validation": None if validation is None else evaluation_json(validation),
        "test": _untested(opened) if test is None else evaluation_json(test),
        "seconds": round(seconds, 3),
    }


def _untested(opened: Opened) -> dict[str, Any]:
    from tlzoo.tasks import Task

    task = opened.data.task
    return dict(task.untested()) if isinstance(task, Task) else {}


def _baseline_note(test: Evaluation, tell: Callable[[str], None]) -> str | None:
    """Return a note if the model is not better than a constant prediction, for metrics that support this."""
    from tlzoo.tasks import Compared

    metrics = test.metrics
    if not isinstance(metrics, Compared):
        return None
    owner = f"{type(metrics).__name__}.baseline_note"
    return Failures(tell).attempt("comparison with a baseline", owner, lambda: metrics.baseline_note("test"), None)


def _number(score: float) -> float | None:
    """Return the score, or None if the phase has none: JSON has no NaN."""
    return None if math.isnan(score) else score
