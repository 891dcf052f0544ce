"""Load the backbone of an opened recipe and prepare the input of its trainer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tlzoo.errors import UsageError
from tlzoo.modalities import require_modality
from tlzoo.progress import Progress
from tlzoo.runs.executing.budget import epochs_of_steps
from tlzoo.runs.opening.open_recipe import smallest_size
from tlzoo.runs.opening.text_lengths import describe_lengths

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone, LoadRequest
    from tlzoo.data import Dataset
    from tlzoo.registry import Entry
    from tlzoo.runs.opening.open_recipe import Opened
    from tlzoo.runs.recipe import Recipe
    from tlzoo.strategies import Strategy
    from tlzoo.training import Setup

__all__ = ["load_request", "load_run_backbone", "make_setup"]


def make_setup(opened: Opened, checkpoints: Path, progress: Progress) -> Setup:
    """Load the backbone of an opened recipe and return the setup for its trainer."""
    from tlzoo.modalities.augmentation import augmenter
    from tlzoo.training import Resizing, Setup

    recipe, entry = opened.recipe, opened.entry

    def load(image_size: int | None = None) -> Backbone:
        return load_run_backbone(recipe, entry, opened.strategy, opened.data.input_shape, progress, image_size)

    def problems(backbone: Backbone) -> tuple[str, ...]:
        return tuple(_input_problems(opened, backbone, progress))

    if opened.shared is None:
        backbone = load()
        found = problems(backbone)
    else:
        request = load_request(recipe, opened.data.input_shape)
        backbone, found = opened.shared.get(request, load, problems)
    for problem in found:
        progress.note(problem)
    return Setup(
        backbone=backbone,
        head=opened.head,
        data=cast("Dataset", opened.data),
        seed=recipe.seed,
        checkpoints=checkpoints,
        budget=_budget(opened, progress),
        batch_size=_batch_size(opened),
        optimizer=recipe.optimizer,
        augment=None if opened.augment is None else augmenter(opened.augment, backbone.preprocessing.shape),
        balance=recipe.balance,
        loss=recipe.loss,
        metrics=recipe.metrics,
        thresholds=recipe.thresholds,
        calibrate=recipe.calibrate,
        coverage=recipe.coverage,
        source={} if entry.training is None else entry.training.statistics,
        resizing=Resizing(_smallest(entry), load),
        target=None if opened.target is None else opened.target.inputs,
        target_test=None if opened.target is None else opened.target.test,
        progress=progress,
    )


def load_run_backbone(
    recipe: Recipe,
    entry: Entry,
    strategy: Strategy,
    input_shape: tuple[int, ...] | None,
    progress: Progress,
    image_size: int | None = None,
) -> Backbone:
    """Load the backbone as in the recipe or at another image size, with the strategy's low-rank adapters."""
    from tlzoo.artifacts import using
    from tlzoo.backbones import load_backbone, with_adapters

    request = load_request(recipe, input_shape, image_size)
    with using(progress=progress):
        backbone = load_backbone(entry, request)
    if strategy.adapter_rank:
        backbone = with_adapters(
            backbone, strategy.adapter_rank, recipe.seed, alpha=strategy.adapter_alpha, layers=strategy.adapter_layers
        )
    return backbone


def load_request(
    recipe: Recipe, input_shape: tuple[int, ...] | None = None, image_size: int | None = None
) -> LoadRequest:
    """Return how a recipe loads its backbone, or for images of another size."""
    from tlzoo.backbones import LoadRequest
    from tlzoo.runs.opening.components import make_head

    image_size = image_size or recipe.image_size
    return LoadRequest(
        weights=recipe.weights or "pretrained",
        image_size=None if image_size is None else (image_size, image_size),
        sequence_length=recipe.sequence_length,
        input_shape=input_shape,
        tokens=make_head(recipe.head).takes == "sequence",
        seed=recipe.seed,
        dtype=recipe.precision,
    )


def _input_problems(opened: Opened, backbone: Backbone, progress: Progress) -> Iterator[str]:
    """Yield likely mismatches between entry, backbone and data, and the text lengths."""
    modality = require_modality(opened.entry.modality)
    for each in modality.preprocessing_problems(opened.entry, backbone):
        yield f"{opened.entry.id}: {each}"
    if (labelled := opened.data.labelled) is not None:
        yield from modality.data_problems(opened.entry, backbone, labelled.examples)
        if lengths := describe_lengths(backbone, labelled.examples, progress):
            yield lengths


def _batch_size(opened: Opened) -> int:
    """Return the batch size of the recipe, which ``open_recipe`` sets."""
    return opened.recipe.batch_size or opened.trainer.default_batch_size(opened.data)


def _budget(opened: Opened, progress: Progress) -> int | None:
    """Return the budget of the run in the trainer's unit."""
    recipe, labelled = opened.recipe, opened.data.labelled
    if opened.trainer.unit == "steps":
        if recipe.epochs is not None:
            raise UsageError(f"{recipe.data} has no epochs", "give the budget with --steps")
        return recipe.steps
    if recipe.steps is None:
        return recipe.epochs
    if labelled is None:
        raise UsageError(f"{recipe.data} has no steps", "give the budget with --epochs")
    from tlzoo.data.balance import balanced_count

    samples = balanced_count(labelled.labels[labelled.train], recipe.balance)
    return epochs_of_steps(recipe.steps, math.ceil(samples / _batch_size(opened)), progress)


def _smallest(entry: Entry) -> int | None:
    """Return the smallest image height and width of an entry; None if it takes one size only, or no images."""
    smallest = smallest_size(entry)
    return None if smallest is None else int(max(smallest))
