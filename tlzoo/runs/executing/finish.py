"""What is done once the last phase is over: evaluation on the test split, the model, the report, the result."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tlzoo.errors import TlzooError
from tlzoo.runs.executing.export import export_model
from tlzoo.runs.hashes import finish_folder
from tlzoo.runs.journal import Journal
from tlzoo.runs.report.activation_images import with_activation_maps
from tlzoo.runs.report.contents import describe_run
from tlzoo.runs.report.tensorboard import write_tensorboard
from tlzoo.runs.result import result_text
from tlzoo.runs.results.predict import inference_memory
from tlzoo.runs.results.serving import trust_own_serving
from tlzoo.runs.results.target_metrics import measure_target
from tlzoo.training import evaluation_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlzoo.evaluation import ReportImage
    from tlzoo.runs.executing.driver import Outcome
    from tlzoo.runs.executing.tracking import Tracking
    from tlzoo.runs.folder import RunFolder
    from tlzoo.runs.opening.open_recipe import Opened
    from tlzoo.training import Evaluation, Trainer

__all__ = ["finish", "summarize"]


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
    """Evaluate, write what the run leaves, and last of all ``result.json``: a run that has one is whole.

    Without exporters there is no model, TensorBoard log or report.
    """
    from tlzoo.evaluation import write_report

    test = trainer.evaluate(state, "test")
    validation = trainer.evaluate(state, "validation") if opened.sizes.get("validation") else None
    result = summarize(folder, opened, trainer, outcome, validation, test, seconds)
    result["target"] = measure_target(opened, trainer, state, outcome)
    verdict = _baseline_note(test)
    if verdict is not None:
        tell(verdict)
        journal = Journal(folder.journal)
        if journal.find("told", text=verdict) is None:  # a finish that was interrupted has said it
            journal.append("told", text=verdict)
    result["memory"] = inference_memory(state)
    result["exported"] = {}
    if opened.exporters:
        if not tracking.tracks_with("tensorboard"):
            write_tensorboard(folder)
        model = trainer.serving_model(state)
        if model is None:
            tell(f"no model was exported: {type(trainer).__name__} has none")
        else:
            result["exported"] = export_model(model, folder, opened.exporters)
            result["imports"] = _needed_imports(folder)
        report = describe_run(folder, opened, trainer, outcome, test, seconds, result["target"])
        report = replace(report, images=_images(folder, trainer, state, tell))
        write_report(folder.report, with_activation_maps(report, state))
        trust_own_serving(folder.serving)
    tracking.log_result(folder, result)
    finish_folder(folder.path, result_text(result))


def _needed_imports(folder: RunFolder) -> list[str]:
    """Return the modules to import before Keras can load the run's model; nothing where a trainer wrote none."""
    from tlzoo.export import needed_imports

    return needed_imports(folder.model) if folder.model.is_file() else []


def _images(folder: RunFolder, trainer: Trainer, state: Any, tell: Callable[[str], None]) -> tuple[ReportImage, ...]:
    """Return the trainer's images for the report; none if it cannot make them, which is noted."""
    try:
        return tuple(trainer.report_images(state, folder.path))
    except TlzooError as error:
        tell(f"the report has no images: {error}")
    except Exception as error:  # noqa: BLE001 - what draws is not ours, and a run is worth more than a picture of it
        said = " ".join(str(error).split())
        tell(f"the report has no images: {type(trainer).__name__}.report_images raised {type(error).__name__}: {said}")
    return ()


def summarize(
    folder: RunFolder,
    opened: Opened,
    trainer: Trainer,
    outcome: Outcome,
    validation: Evaluation | None,
    test: Evaluation,
    seconds: float,
) -> dict[str, Any]:
    """Return what ``tlzoo train --json`` prints; ``score`` names what the phases were judged by on validation."""
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
        "test": evaluation_json(test),
        "seconds": round(seconds, 3),
    }


def _baseline_note(test: Evaluation) -> str | None:
    """Return a note if the model is no better than a constant answer, for metrics that can tell."""
    from tlzoo.tasks import Compared

    return test.metrics.baseline_note("test") if isinstance(test.metrics, Compared) else None


def _number(score: float) -> float | None:
    """Return the score, or None where nothing judged the phase: JSON has no NaN."""
    return None if math.isnan(score) else score
