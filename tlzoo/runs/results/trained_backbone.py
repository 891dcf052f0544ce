"""Backbone and head of a finished run, without its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, RunError
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.opening.components import make_head, make_strategy
from tlzoo.runs.opening.data_changes import refuse_changed_backbone
from tlzoo.runs.opening.setup import load_run_backbone
from tlzoo.runs.opening.sources import open_trainer_data
from tlzoo.runs.recipe import Recipe, read_recipe
from tlzoo.runs.results.run_task import task_of

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.backbones import Backbone
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry
    from tlzoo.runs.run import Run

__all__ = ["Trained", "trained_backbone"]

_HEAD = "head/"


@dataclass(frozen=True, slots=True)
class Trained:
    """The trained parts of a run, with its entry and recipe.

    ``head`` is the kernel (D, S) and the bias (S,) from the backbone's declared pooled features to the logits of S
    classes or other choices. It is None if the head has more layers or was not trained.
    """

    entry: Entry
    recipe: Recipe
    backbone: Backbone
    head: tuple[np.ndarray, np.ndarray] | None


def trained_backbone(run: Run, progress: Progress) -> Trained:
    """Return the backbone and the head with the final weights of a run.

    Args:
        run: A finished run.
        progress: Receives progress and notes.

    Returns:
        The trained parts.

    Raises:
        RunError: If the run is not finished, its checkpoint is missing or its entry has changed.
        EntryError: If the backbone cannot be loaded.
        PluginError: If a plugin is missing or broken.
    """
    from tlzoo.backbones import pooled_size, state_of
    from tlzoo.plugins import catalog
    from tlzoo.training import Checkpoints

    folder = RunFolder.open(run.path, "checkpoints")
    task = task_of(run)  # raises for an unfinished run
    recipe = read_recipe(folder.recipe, {})
    entry = catalog().get(recipe.backbone)
    data: Any = open_trainer_data(recipe.data, progress) if task is None else None
    journal = Journal(folder.journal)
    refuse_changed_backbone(journal.find("backbone"), entry, recipe, run.path)
    trained, strategy = make_head(recipe.head), make_strategy(recipe.strategy)
    known = (journal.find("data") or {}).get("input_shape")  # of labelled samples
    shape = (known and tuple(known)) if data is None else data.input_shape
    backbone = load_run_backbone(recipe, entry, strategy, shape, progress)
    kept = journal.find("kept")
    if kept is None:
        raise RunError(f"{run.path} has no record of its final weights", "train again")
    checkpoints = Checkpoints(folder.checkpoints, state_of(backbone))
    checkpoints.load(kept["checkpoint"])
    head = None
    if trained.takes == "vector" and trained.pooling == "declared":
        try:
            head = trained.as_dense(checkpoints.read(kept["checkpoint"], _HEAD), task or data.task)
        except (KeyError, TypeError, ValueError) as error:
            raise BytesRefusedError(
                f"the head in {run.path}/checkpoints/{kept['checkpoint']}.npz belongs to another network ({error})",
                "train again",
            ) from error
    if head is not None and len(head[0]) != pooled_size(backbone.features):
        head = None  # it takes other features, such as those of several inputs
    return Trained(entry, recipe, backbone, head)
