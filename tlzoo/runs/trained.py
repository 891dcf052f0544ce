"""A finished run's backbone, as the run left it; its data need not be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlzoo.errors import RunError
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.journal import Journal
from tlzoo.runs.opening import Opened, open_environment
from tlzoo.runs.recipe import Recipe, read_recipe
from tlzoo.runs.resolving import make_head, make_strategy

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry
    from tlzoo.runs.run import Run

__all__ = ["trained_backbone"]


def trained_backbone(run: Run, progress: Progress) -> tuple[Entry, Recipe, Backbone]:
    """Return the entry that a run began with, its recipe, and the backbone with the weights that the run kept.

    Raises RunError for a run that is not finished, or whose checkpoint is gone; EntryError and PluginError as loading
    does.
    """
    from tlzoo.backbones import state_of
    from tlzoo.plugins import catalog
    from tlzoo.training import Checkpoints

    assert run.result  # a run that is not finished is refused here
    folder = RunFolder.open(run.path)
    recipe = read_recipe(folder.recipe, {})
    entry = catalog().get(recipe.backbone)
    data: Any = open_environment(recipe.data, progress) if entry.modality == "rl" else None
    opened = Opened(recipe, entry, make_head(recipe.head), make_strategy(recipe.strategy), data)
    backbone = opened.backbone(progress)
    kept = Journal(folder.journal).find("kept")
    if kept is None:
        raise RunError(f"{run.path} does not say which weights it kept", "train again")
    Checkpoints(folder.checkpoints, state_of(backbone)).load(kept["checkpoint"])
    return entry, recipe, backbone
