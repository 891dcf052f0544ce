"""Open a recipe: resolve every name, then open and split the data. No weights are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError
from tlzoo.heads import check_suits, check_task
from tlzoo.modalities import require_modality
from tlzoo.progress import Progress
from tlzoo.registry.licences import check_licence
from tlzoo.runs.opening.components import find_trainer, make_head, make_strategy
from tlzoo.runs.opening.data import open_data
from tlzoo.runs.opening.exporters import find_exporters
from tlzoo.runs.opening.keras_objects import (
    check_keras_objects,
    refuse_metrics_without_labels,
    settle_optimizer,
)
from tlzoo.runs.opening.shared_backbone import SharedBackbone
from tlzoo.runs.opening.sources import open_source
from tlzoo.runs.opening.target import Target, open_target
from tlzoo.runs.recipe import Named, Recipe
from tlzoo.strategies import advised

if TYPE_CHECKING:
    from tlzoo.data import Dataset, RunData, Samples, SetAside
    from tlzoo.export import Exporter
    from tlzoo.heads import Head
    from tlzoo.modalities.augmentation import Augmentation
    from tlzoo.registry import Entry
    from tlzoo.strategies import Strategy
    from tlzoo.training import Trainer

__all__ = ["Opened", "open_recipe", "smallest_size"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A recipe with resolved names: complete options, known entry, data read and split, but no weights loaded.

    ``shared`` is the backbone of a run set; None for a run of its own.
    """

    recipe: Recipe
    entry: Entry
    head: Head
    strategy: Strategy
    data: RunData
    trainer: Trainer
    augment: Augmentation | None = None
    target: Target | None = None
    exporters: Mapping[str, Exporter] = field(default_factory=dict)
    shared: SharedBackbone | None = None

    @property
    def sizes(self) -> Mapping[str, int]:
        """The number of samples in each split; empty if there are no splits."""
        return self.data.sizes

    @property
    def set_aside(self) -> tuple[SetAside, ...]:
        """The unreadable inputs."""
        return self.data.set_aside


def open_recipe(
    recipe: Recipe, progress: Progress, data: Dataset | Samples | None = None, *, training: bool = True
) -> Opened:
    """Resolve names, cheapest first, so that misspelt ones fail at once; then open and split the data.

    Args:
        recipe: The recipe.
        progress: Receives progress and notes.
        data: Data to use instead of the recipe's data, which are then not read. Samples are split like those.
        training: If False, target and exporters are skipped, as evaluation does not need them.

    Returns:
        The recipe with complete options, entry and data.

    Raises:
        UsageError: If a name or an option is wrong.
        EntryError: If the entry is unknown.
        PluginError: If its plugin cannot be used.
        DataError: If the data cannot be used.
    """
    from tlzoo.data.lookup import has_samples
    from tlzoo.modalities.augmentation import augmentation_of
    from tlzoo.plugins import catalog

    exporters = find_exporters(recipe.export) if training else {}
    strategy = make_strategy(recipe.strategy)
    recipe, strategy = settle_optimizer(recipe, strategy, progress if training else None)
    check_keras_objects(recipe)
    _check_strategy(recipe, strategy)
    entry = catalog().get(recipe.backbone)
    if training:
        check_licence(entry, recipe.licences)
    catalog().require_installed(entry)
    if recipe.head.chosen or data is not None or has_samples(recipe.data):  # other data may have their own head
        head = make_head(recipe.head)
        check_suits(head, entry.features.kind_for(head.takes), entry.id)
    _check_size(entry, recipe.image_size)
    augment = augmentation_of(recipe.augment.name, recipe.augment.options, entry.modality)
    opened = open_data(recipe, entry, progress, data)
    refuse_metrics_without_labels(recipe, opened)
    recipe = _with_own_head(recipe, opened)
    head = make_head(recipe.head)
    trainer = find_trainer(head, recipe.head.name, opened)
    if opened.labelled is not None and head.trainer is None:
        check_task(head, opened.labelled.task, recipe.data)
        check_suits(head, entry.features.kind_for(head.takes), entry.id)
    _refuse_unused(recipe, trainer)
    strategy = advised(strategy, recipe.strategy.options, {**require_modality(entry.modality).advises, **head.advises})
    augment = _suited(augment, recipe, opened, progress)
    resolved = recipe.model_copy(
        update={
            "backbone": entry.id,
            "head": _complete(recipe.head, head),
            "strategy": _complete(recipe.strategy, strategy),
            "augment": Named(name="none") if augment is None else _complete(recipe.augment, augment),
            "weights": recipe.weights or strategy.weights,
            "batch_size": recipe.batch_size or trainer.default_batch_size(opened),
        }
    )
    target = None
    if recipe.target is not None and training and opened.labelled is not None:
        target = open_target(recipe, opened.labelled, partial(_of_target, recipe, progress), progress)
        if target.test is None and not (strategy.needs_target or strategy.uses_target):
            raise UsageError(
                f"the strategy {recipe.strategy.name!r} does not use a target without labels",
                "use the strategy domain-adaptation or auto, give target_test, or leave target out",
            )
    return Opened(resolved, entry, head, strategy, opened, trainer, augment, target, exporters)


def _with_own_head(recipe: Recipe, data: RunData) -> Recipe:
    """Return the recipe with the head of its data and the recipe's options, if the recipe names no head."""
    if data.head is None or ("head" in recipe.model_fields_set and recipe.head.chosen):
        return recipe
    return recipe.model_copy(update={"head": Named(name=data.head, options=recipe.head.options)})


def _refuse_unused(recipe: Recipe, trainer: Trainer) -> None:
    """Raise UsageError for a field that the trainer does not use."""
    for name, reason in trainer.unused_fields.items():
        if getattr(recipe, name) != Recipe.model_fields[name].get_default(call_default_factory=True):
            raise UsageError(f"{recipe.data} {reason}, so {name} has no effect", f"remove {name}")


def _suited(augment: Augmentation | None, recipe: Recipe, data: RunData, progress: Progress) -> Augmentation | None:
    """Return the augmentation without operations that would change the class of a sample."""
    from tlzoo.modalities.augmentation import suited

    if augment is None or data.labelled is None or not len(data.labelled.train):
        return augment
    augment, notes = suited(augment, recipe.augment.options, data.labelled)
    for note in notes:
        progress.note(note)
    return augment


def _of_target(recipe: Recipe, progress: Progress, source: str) -> Samples:
    """Open a source of the target; if both are tables, the policies for empty cells of the data apply."""
    from tlzoo.data import like_training

    same = source.partition(":")[0] == recipe.data.partition(":")[0]
    return open_source(like_training(source, recipe.data), progress, recipe.missing if same else None)


def _check_strategy(recipe: Recipe, strategy: Strategy) -> None:
    if recipe.budget is not None and not strategy.heeds_time:
        raise UsageError(
            f"strategy {recipe.strategy.name!r} does not support a time budget",
            "use the strategy auto, or give epochs instead of budget",
        )
    if recipe.target is None and strategy.needs_target:
        raise UsageError(
            f"the strategy {recipe.strategy.name!r} needs unlabelled target data",
            "give them with --target, such as --target images:FOLDER",
        )
    if recipe.target is None and recipe.target_test is not None:
        raise UsageError("target_test is given without a target", "give the unlabelled inputs with --target")


def smallest_size(entry: Entry) -> tuple[int, int] | None:
    """Return the smallest height and width that the entry accepts, if it accepts several image sizes."""
    return (require_modality(entry.modality).smallest_request(entry.input) or {}).get("image_size")


def _check_size(entry: Entry, size: int | None) -> None:
    smallest = smallest_size(entry)
    if size is not None and smallest is not None and size < max(smallest):
        raise UsageError(
            f"{entry.id} needs images of at least {smallest[0]} x {smallest[1]} pixels, not {size} x {size}",
            f"use --image-size {max(smallest)}",
        )


def _complete(named: Named, made: Any) -> Named:
    return Named(name=named.name, options=made.model_dump(mode="json"))
