"""Training of a recipe on samples in memory, without a run folder and without a test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tlzoo.errors import TrainingError
from tlzoo.progress import Progress, Silent
from tlzoo.runs.executing.driver import drive
from tlzoo.runs.executing.strategy_errors import report_strategy_errors
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.runs.history import History
from tlzoo.runs.opening.open_recipe import open_recipe
from tlzoo.runs.opening.setup import load_request, make_setup
from tlzoo.runs.recipe import Recipe

if TYPE_CHECKING:
    from tlzoo.backbones import LoadRequest
    from tlzoo.data import Dataset
    from tlzoo.export import ServingModel

__all__ = ["Fitted", "fit_recipe"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained model, the resolved recipe, the metrics of every epoch, and the score of each phase by name.

    Scores are on the validation split, and NaN without one. ``request`` loads the backbone's preprocessing again,
    without its weights.
    """

    model: ServingModel
    recipe: Recipe
    request: LoadRequest
    history: History
    scores: dict[str, float]


def fit_recipe(recipe: Recipe, data: Dataset, *, progress: Progress | None = None) -> Fitted:
    """Train like ``train_recipe``, on samples that are already split; ``data.test`` may be empty.

    Checkpoints are in a temporary folder, which is removed. Raises the errors of training.
    """
    progress = progress or Silent()
    with usable_cache(progress), TemporaryDirectory(prefix="tlzoo-") as name:
        folder = Path(name)
        opened = open_recipe(recipe.model_copy(update={"export": ()}), progress, data)
        state = opened.trainer.prepare(make_setup(opened, folder, progress))
        metrics = MetricsFile(folder / "metrics.jsonl")
        outcome = drive(
            opened.trainer,
            state,
            report_strategy_errors(opened.strategy),
            Journal(folder / "journal.jsonl"),
            metrics,
            progress.note,
            seconds=opened.recipe.seconds,
        )
        model = opened.trainer.serving_model(state)
        if model is None:
            raise TrainingError(f"{type(opened.trainer).__name__} has no Keras model", "use tlzoo.train")
        scores = {each.phase.name: each.result.score for each in outcome.phases}
        request = replace(load_request(opened.recipe, data.input_shape), weights="random")
        return Fitted(model, opened.recipe, request, History(tuple(metrics.lines)), scores)
