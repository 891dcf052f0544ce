"""From a recipe to everything that a trainer is given: data with splits, head, strategy, backbone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.progress import Progress
from tlzoo.runs.recipe import Named, Recipe
from tlzoo.runs.resolving import make_head, make_strategy

if TYPE_CHECKING:
    from tlzoo.data import Dataset, Samples
    from tlzoo.data import Progress as Reading
    from tlzoo.data.augmentation import Augmentation
    from tlzoo.heads import Head
    from tlzoo.registry import Entry
    from tlzoo.strategies import Strategy
    from tlzoo.training import Setup, Trainer

__all__ = ["Opened", "open_recipe", "open_source"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A recipe whose names are resolved: options complete, entry known, data read and split; nothing loaded yet."""

    recipe: Recipe
    entry: Entry
    head: Head
    strategy: Strategy
    data: Dataset
    augment: Augmentation | None = None

    def trainer(self) -> Trainer:
        """Return the trainer registered for the data's kind of task."""
        from tlzoo.plugins import registered

        trainers: dict[str, Any] = {each.name: each.value for each in registered("tlzoo_trainers")}
        if self.data.task.kind not in trainers:
            raise UsageError(f"no trainer for {self.data.task.kind}", f"there are: {', '.join(trainers)}")
        trainer: Trainer = trainers[self.data.task.kind]()
        return trainer

    def setup(self, checkpoints: Path, progress: Progress) -> Setup:
        """Load the backbone and return what a trainer is given."""
        from tlzoo.artifacts import using
        from tlzoo.backbones import LoadRequest, load_backbone
        from tlzoo.data.augmentation import augmenter
        from tlzoo.training import Setup

        recipe = self.recipe
        size = None if recipe.image_size is None else (recipe.image_size, recipe.image_size)
        request = LoadRequest(
            weights=recipe.weights or "pretrained",
            image_size=size,
            sequence_length=recipe.sequence_length,
            seed=recipe.seed,
            dtype=recipe.precision,
        )
        with using(progress=progress):
            backbone = load_backbone(self.entry, request)
        return Setup(
            backbone=backbone,
            head=self.head,
            data=self.data,
            seed=recipe.seed,
            checkpoints=checkpoints,
            budget=self._budget(),
            batch_size=recipe.batch_size or sensible_batch(len(self.data.train)),
            optimizer=recipe.optimizer,
            augment=None if self.augment is None else augmenter(self.augment, backbone.preprocessing.shape),
            progress=progress,
        )

    def _budget(self) -> int | None:
        """Return the run's budget in the trainer's unit."""
        recipe = self.recipe
        if self.trainer().unit == "steps":
            if recipe.epochs is not None:
                raise UsageError(f"{recipe.data} has no epochs", "give the budget as --steps")
            return recipe.steps
        if recipe.steps is None:
            return recipe.epochs
        size = recipe.batch_size or sensible_batch(len(self.data.train))
        return math.ceil(recipe.steps / math.ceil(len(self.data.train) / size))


def open_recipe(recipe: Recipe, progress: Progress, data: Dataset | None = None) -> Opened:
    """Resolve every name, the cheapest first, so that a misspelt one is told at once; then read and split the data.

    With ``data`` the recipe's own is not read. Raises UsageError, EntryError, PluginError, DataError.
    """
    from tlzoo.data.augmentation import augmentation_of, suited
    from tlzoo.plugins import catalog
    from tlzoo.training import OPTIMIZERS

    head, strategy = make_head(recipe.head), make_strategy(recipe.strategy)
    if recipe.optimizer not in OPTIMIZERS:
        raise UsageError(f"no optimizer {recipe.optimizer!r}", did_you_mean(recipe.optimizer, OPTIMIZERS))
    entry = catalog().get(recipe.backbone)
    catalog().require_installed(entry)
    _check_size(entry, recipe.image_size)
    augment = augmentation_of(recipe.augment.name, recipe.augment.options, entry.modality)
    if data is None:
        data = _split_data(recipe, entry, progress)
    if augment is not None:
        augment, notes = suited(augment, recipe.augment.options, data)
        for note in notes:
            progress.note(note)
    resolved = recipe.model_copy(
        update={
            "backbone": entry.id,
            "head": _complete(recipe.head, head),
            "strategy": _complete(recipe.strategy, strategy),
            "augment": Named(name="none") if augment is None else _complete(recipe.augment, augment),
            "weights": recipe.weights or strategy.weights,
            "batch_size": recipe.batch_size or sensible_batch(len(data.train)),
        }
    )
    return Opened(resolved, entry, head, strategy, data, augment)


def sensible_batch(examples: int) -> int:
    """Return a batch size for who names none: 32, halved down to 8 while an epoch would have less than ten steps."""
    size = 32
    while size > 8 and examples < 10 * size:  # noqa: PLR2004
        size //= 2
    return size


def open_source(source: str, progress: Progress, missing: Mapping[str, str] | None = None) -> Samples:
    """Open a source string with its adapter; say how many inputs were set aside.

    ``missing`` has a policy for columns with empty cells; it goes before what the source itself says of them.
    """
    from tlzoo.data import format_policies, parse_policies, parse_source
    from tlzoo.plugins import registered

    parsed = parse_source(source)
    adapters = {each.name: each.value for each in registered("tlzoo_data_adapters")}
    if parsed.scheme not in adapters:
        raise UsageError(f"no adapter {parsed.scheme!r} for {source!r}", did_you_mean(parsed.scheme, adapters))
    options = dict(parsed.options)
    if missing:
        options["missing"] = format_policies(parse_policies(options.get("missing", "")) | dict(missing))
    with _counted(progress) as reading:
        samples: Samples = adapters[parsed.scheme](parsed.location, options, progress=reading)
    if samples.set_aside:
        count = len(samples.set_aside)
        first = samples.set_aside[0]
        what = "1 input is" if count == 1 else f"{count} inputs are"
        progress.note(f"{what} set aside{'' if count == 1 else ', the first of them'}: {first.name}: {first.reason}")
    return samples


def _split_data(recipe: Recipe, entry: Entry, progress: Progress) -> Dataset:
    from tlzoo.data import leaks, split

    samples = open_source(recipe.data, progress, recipe.missing)
    if samples.examples.modality != entry.modality:
        raise UsageError(
            f"{entry.id} takes {entry.modality}, and {recipe.data} is {samples.examples.modality}",
            f"`tlzoo list --modality {samples.examples.modality}` lists backbones for it",
        )
    data = split(samples, seed=recipe.seed, per_class=recipe.per_class)
    data = replace(data, notes=(*data.notes, *leaks(data)))
    for note in data.notes:
        progress.note(note)
    return data


def _check_size(entry: Entry, size: int | None) -> None:
    smallest = getattr(entry.input, "smallest", None)
    if size is not None and smallest is not None and size < max(smallest):
        raise UsageError(
            f"{entry.id} takes images of {smallest[0]} x {smallest[1]} pixels or more, not {size} x {size}",
            f"use --image-size {max(smallest)}",
        )


def _complete(named: Named, made: Any) -> Named:
    return Named(name=named.name, options=made.model_dump(mode="json"))


@contextmanager
def _counted(progress: Progress) -> Iterator[Reading]:
    """Turn ``(done, total)`` calls into a tracked piece of work, which begins with the first call."""
    with ExitStack() as stack:
        state: dict[str, Any] = {"done": 0}

        def report(done: int, total: int, unit: str = "inputs", /) -> None:
            if "advance" not in state:
                state["advance"] = stack.enter_context(progress.track("reading", total, unit))
            state["advance"](done - state["done"])
            state["done"] = done

        yield report
