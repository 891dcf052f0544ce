"""Training of a recipe on samples in memory without a test split, in a temporary folder or a run folder."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tlzoo.errors import TrainingError
from tlzoo.files.atomic import write_text
from tlzoo.files.format_number import with_format
from tlzoo.progress import Progress, Silent
from tlzoo.runs.executing.driver import drive
from tlzoo.runs.executing.environment import describe_environment
from tlzoo.runs.executing.finish import finish_untested
from tlzoo.runs.executing.strategy_errors import report_strategy_errors
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.runs.history import History
from tlzoo.runs.opening.data_changes import describe_backbone, record_inputs
from tlzoo.runs.opening.open_recipe import Opened, open_recipe
from tlzoo.runs.opening.setup import load_request, make_setup
from tlzoo.runs.recipe import Recipe, write_recipe
from tlzoo.runs.run import Run

if TYPE_CHECKING:
    from tlzoo.backbones import LoadRequest
    from tlzoo.data import Dataset
    from tlzoo.export import ServingModel

__all__ = ["Fitted", "fit_recipe"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained model, the resolved recipe, the metrics of every epoch, and the score of each phase by name.

    Scores are on the validation split, and NaN without one. ``request`` loads the backbone's preprocessing again,
    without its weights. ``run`` is the run folder, if one was kept.
    """

    model: ServingModel
    recipe: Recipe
    request: LoadRequest
    history: History
    scores: dict[str, float]
    run: Run | None


def fit_recipe(recipe: Recipe, data: Dataset, *, out: Path | None = None, progress: Progress | None = None) -> Fitted:
    """Train like ``train_recipe``, on samples that are already split; ``data.test`` may be empty.

    With ``out``, the run is kept in a new folder there. It has all files of a run but the report and the metrics on the
    test split. Without ``out``, or if training fails, nothing is kept. Raises the errors of training.
    """
    progress = progress or Silent()
    began = time.perf_counter()
    if out is None:
        recipe = recipe.model_copy(update={"export": ()})
    else:
        RunFolder.check_parent(out)
    with usable_cache(progress):
        opened = open_recipe(recipe, progress, data)
        with _folder(out, opened) as folder:
            return _fit(folder, opened, data, progress, None if out is None else began)


def _fit(folder: RunFolder, opened: Opened, data: Dataset, progress: Progress, began: float | None) -> Fitted:
    """Train in a folder. If the run is kept, its start ``began`` is a reading of ``time.perf_counter``."""
    if began is not None:
        write_recipe(folder.recipe, opened.recipe)
        write_text(folder.environment, json.dumps(with_format(describe_environment(opened.entry.id)), indent=2))
    journal, metrics = Journal(folder.journal), MetricsFile(folder.metrics)
    record_inputs(folder, journal, opened)
    setup = make_setup(opened, folder.checkpoints, progress)
    journal.append("backbone", **describe_backbone(opened.entry, opened.recipe))
    state = opened.trainer.prepare(setup)
    outcome = drive(
        opened.trainer,
        state,
        report_strategy_errors(opened.strategy),
        journal,
        metrics,
        progress.note,
        seconds=opened.recipe.seconds,
    )
    model = opened.trainer.serving_model(state)
    if model is None:
        raise TrainingError(f"{type(opened.trainer).__name__} has no Keras model", "use tlzoo.train")
    scores = {each.phase.name: each.result.score for each in outcome.phases}
    request = replace(load_request(opened.recipe, data.input_shape), weights="random")
    history = History(tuple(metrics.lines))
    if began is not None:
        journal.append("kept", checkpoint=outcome.kept.checkpoint, phase=outcome.kept.phase)
        finish_untested(folder, opened, state, outcome, model, seconds=time.perf_counter() - began)
    return Fitted(model, opened.recipe, request, history, scores, None if began is None else Run(folder.path))


@contextmanager
def _folder(out: Path | None, opened: Opened) -> Iterator[RunFolder]:
    """Yield a temporary folder, or a new run folder, which is removed if the block fails."""
    if out is None:
        with TemporaryDirectory(prefix="tlzoo-") as name:
            yield RunFolder(Path(name))
        return
    recipe = opened.recipe
    words = (opened.entry.id.rpartition("/")[2].partition(".")[0], recipe.data, recipe.strategy.name)
    folder = RunFolder.create(out, *words)
    try:
        with folder.lock():
            yield folder
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise
