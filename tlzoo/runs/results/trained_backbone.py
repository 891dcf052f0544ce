"""What a finished run learned: its backbone and its head as it left them; its data need not be there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, RunError
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.journal import Journal
from tlzoo.runs.opening.components import make_head, make_strategy
from tlzoo.runs.opening.data_changes import refuse_changed_backbone
from tlzoo.runs.opening.setup import load_run_backbone
from tlzoo.runs.opening.sources import open_trainer_data
from tlzoo.runs.recipe import Recipe, read_recipe
from tlzoo.runs.results.evaluate import task_of

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
    """What a run learned, and from what: the entry that it began with, and its recipe.

    ``head`` is the kernel (D, S) and the bias (S,) from the features that the backbone declares, pooled as it declares,
    to the logits of S classes or other choices; None where the head is more than such a layer, or was not trained.
    """

    entry: Entry
    recipe: Recipe
    backbone: Backbone
    head: tuple[np.ndarray, np.ndarray] | None


def trained_backbone(run: Run, progress: Progress) -> Trained:
    """Return the backbone, and the head, with the weights that the run kept.

    Raises RunError for a run that is not finished, whose checkpoint is gone or whose entry has changed; EntryError and
    PluginError as loading does.
    """
    from tlzoo.backbones import state_of
    from tlzoo.plugins import catalog
    from tlzoo.training import Checkpoints

    folder = RunFolder.open(run.path, "checkpoints")
    task = task_of(run)  # a run that is not finished is refused here
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
        raise RunError(f"{run.path} does not say which weights it kept", "train again")
    checkpoints = Checkpoints(folder.checkpoints, state_of(backbone))
    checkpoints.load(kept["checkpoint"])
    head = None
    if trained.takes == "vector" and trained.pooling == "declared":
        try:
            head = trained.as_dense(checkpoints.read(kept["checkpoint"], _HEAD), task or data.task)
        except (KeyError, TypeError, ValueError) as error:
            raise BytesRefusedError(
                f"the head in {run.path}/checkpoints/{kept['checkpoint']}.npz is of another network ({error})",
                "train again",
            ) from error
    return Trained(entry, recipe, backbone, head)
