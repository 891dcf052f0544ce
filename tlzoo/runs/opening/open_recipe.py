"""From a recipe to everything that a trainer is given: data with splits, head, strategy, backbone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tlzoo.errors import DataError, UsageError, did_you_mean
from tlzoo.modalities import require_modality
from tlzoo.progress import Progress
from tlzoo.runs.consent.source_loader import importing
from tlzoo.runs.consent.user_code import environment_code, require_consent
from tlzoo.runs.executing.budget import epochs_of_steps
from tlzoo.runs.opening.components import find_exporters, make_head, make_strategy
from tlzoo.runs.opening.target import Target, open_target
from tlzoo.runs.opening.text_lengths import describe_lengths
from tlzoo.runs.recipe import Named, Recipe
from tlzoo.strategies import advised

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.data import Dataset, Environment, Samples, SetAside
    from tlzoo.data.augmentation import Augmentation
    from tlzoo.export import Exporter
    from tlzoo.heads import Head
    from tlzoo.registry import Entry
    from tlzoo.strategies import Strategy
    from tlzoo.training import Setup, Trainer

__all__ = ["Opened", "open_environment", "open_recipe", "open_source"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A recipe whose names are resolved: options complete, entry known, data read and split; nothing loaded yet."""

    recipe: Recipe
    entry: Entry
    head: Head
    strategy: Strategy
    data: Dataset | Environment
    augment: Augmentation | None = None
    target: Target | None = None
    exporters: Mapping[str, Exporter] = field(default_factory=dict)

    @property
    def sizes(self) -> dict[str, int]:
        """How many samples each split has; nothing of an environment."""
        from tlzoo.data import Dataset

        if not isinstance(self.data, Dataset):
            return {}
        return {"train": len(self.data.train), "validation": len(self.data.validation), "test": len(self.data.test)}

    @property
    def set_aside(self) -> tuple[SetAside, ...]:
        """The inputs that could not be read."""
        from tlzoo.data import Dataset

        return self.data.samples.set_aside if isinstance(self.data, Dataset) else ()

    def trainer(self) -> Trainer:
        """Return the trainer that the head names, or the one registered for the data's kind of task."""
        from tlzoo.plugins import registered

        trainers: dict[str, Any] = {each.name: each.value for each in registered("tlzoo_trainers")}
        kind = self.head.trainer or getattr(self.data.task, "trainer", self.data.task.kind)
        if kind not in trainers:
            own = getattr(self.data, "head", None)
            if own is not None and self.head.trainer is None:
                raise UsageError(f"the head {self.recipe.head.name!r} does not act in {kind}", f"try --head {own}")
            raise UsageError(f"no trainer for {kind}", f"there are: {', '.join(trainers)}")
        trainer: Trainer = trainers[kind]()
        return trainer

    def backbone(self, progress: Progress, image_size: int | None = None) -> Backbone:
        """Load the backbone as the recipe wants it, or for images of another size, with the strategy's adapters."""
        from tlzoo.artifacts import using
        from tlzoo.backbones import LoadRequest, load_backbone, with_adapters

        recipe = self.recipe
        image_size = image_size or recipe.image_size
        request = LoadRequest(
            weights=recipe.weights or "pretrained",
            image_size=None if image_size is None else (image_size, image_size),
            sequence_length=recipe.sequence_length,
            input_shape=getattr(self.data, "observation_shape", None),
            seed=recipe.seed,
            dtype=recipe.precision,
        )
        with using(progress=progress):
            backbone = load_backbone(self.entry, request)
        if self.strategy.adapter_rank:
            backbone = with_adapters(backbone, self.strategy.adapter_rank, recipe.seed)
        return backbone

    def setup(self, checkpoints: Path, progress: Progress) -> Setup:
        """Load the backbone and return what a trainer is given."""
        from tlzoo.data import Dataset
        from tlzoo.data.augmentation import augmenter
        from tlzoo.training import Resizing, Setup

        recipe, backbone = self.recipe, self.backbone(progress)
        for wrong in _wrong_input(self.entry, backbone, self.data):
            progress.note(wrong)
        if isinstance(self.data, Dataset) and (told := describe_lengths(backbone, self.data.examples, progress)):
            progress.note(told)
        return Setup(
            backbone=backbone,
            head=self.head,
            data=cast("Dataset", self.data),
            seed=recipe.seed,
            checkpoints=checkpoints,
            budget=self._budget(progress),
            batch_size=_batch_size(recipe, self.data),
            optimizer=recipe.optimizer,
            augment=None if self.augment is None else augmenter(self.augment, backbone.preprocessing.shape),
            balance=recipe.balance,
            loss=recipe.loss,
            thresholds=recipe.thresholds,
            source={} if self.entry.training is None else self.entry.training.statistics,
            resizing=Resizing(_smallest(self.entry), lambda size: self.backbone(progress, size)),
            target=None if self.target is None else self.target.inputs,
            target_test=None if self.target is None else self.target.test,
            progress=progress,
        )

    def _budget(self, progress: Progress) -> int | None:
        """Return the run's budget in the trainer's unit."""
        recipe = self.recipe
        if self.trainer().unit == "steps":
            if recipe.epochs is not None:
                raise UsageError(f"{recipe.data} has no epochs", "give the budget as --steps")
            return recipe.steps
        if recipe.steps is None:
            return recipe.epochs
        from tlzoo.data.balance import balanced_count

        data = cast("Dataset", self.data)
        samples = balanced_count(data.labels[data.train], recipe.balance)
        return epochs_of_steps(recipe.steps, math.ceil(samples / _batch_size(recipe, data)), progress)


def open_recipe(recipe: Recipe, progress: Progress, data: Dataset | None = None, *, training: bool = True) -> Opened:
    """Resolve every name, the cheapest first, so that a misspelt one is told at once; then read and split the data.

    If ``data`` is given, the data of the recipe are not read. Without ``training`` there is no target and no exporter:
    evaluation needs neither. Raises UsageError, EntryError, PluginError, DataError.
    """
    from tlzoo.data import Dataset
    from tlzoo.data.augmentation import augmentation_of, suited
    from tlzoo.plugins import catalog
    from tlzoo.training import OPTIMIZERS

    exporters = find_exporters(recipe.export) if training else {}
    strategy = make_strategy(recipe.strategy)
    if recipe.optimizer not in OPTIMIZERS:
        raise UsageError(f"no optimizer {recipe.optimizer!r}", did_you_mean(recipe.optimizer, OPTIMIZERS))
    if recipe.budget is not None and not strategy.heeds_time:
        raise UsageError(
            f"strategy {recipe.strategy.name!r} does not plan by time",
            "use the strategy auto, or give epochs, not budget",
        )
    _check_target(recipe, strategy)
    entry = catalog().get(recipe.backbone)
    catalog().require_installed(entry)
    if recipe.head.chosen or require_modality(entry.modality).has_samples:  # else the environment may name another
        make_head(recipe.head)
    _check_size(entry, recipe.image_size)
    augment = augmentation_of(recipe.augment.name, recipe.augment.options, entry.modality)
    opened: Dataset | Environment = data or _split_data(recipe, entry, progress)
    recipe, head = _with_suited_head(recipe, opened)
    strategy = advised(strategy, recipe.strategy.options, head.advises)
    if augment is not None and isinstance(opened, Dataset):
        augment, notes = suited(augment, recipe.augment.options, opened)
        for note in notes:
            progress.note(note)
    resolved = recipe.model_copy(
        update={
            "backbone": entry.id,
            "head": _complete(recipe.head, head),
            "strategy": _complete(recipe.strategy, strategy),
            "augment": Named(name="none") if augment is None else _complete(recipe.augment, augment),
            "weights": recipe.weights or strategy.weights,
            "batch_size": _batch_size(recipe, opened),
        }
    )
    beside = None
    if recipe.target is not None and training:
        beside = open_target(recipe, opened, partial(_of_target, recipe, progress), progress)
    return Opened(resolved, entry, head, strategy, opened, augment, beside, exporters)


def _with_suited_head(recipe: Recipe, data: Dataset | Environment) -> tuple[Recipe, Head]:
    """Return the recipe and its head; an environment's own head, with the recipe's options, where it names none.

    Raises UsageError for a head that needs something to act in, where there are samples.
    """
    from tlzoo.data import Dataset

    own = getattr(data, "head", None)
    if own is not None and not ("head" in recipe.model_fields_set and recipe.head.chosen):
        recipe = recipe.model_copy(update={"head": Named(name=own, options=recipe.head.options)})
    head = make_head(recipe.head)
    if isinstance(data, Dataset) and head.trainer is not None and _counts_steps(head.trainer):
        raise UsageError(f"the head {recipe.head.name!r} acts, and {recipe.data} has samples", "try --head linear")
    return recipe, head


def _counts_steps(trainer: str) -> bool:
    """Say whether a trainer acts in environments, which have steps; trainers on samples count epochs."""
    from tlzoo.plugins import registered

    return any(each.value.unit == "steps" for each in registered("tlzoo_trainers") if each.name == trainer)


def _batch_size(recipe: Recipe, data: Dataset | Environment) -> int:
    from tlzoo.data import Dataset

    if recipe.batch_size is not None:
        return recipe.batch_size
    return default_batch_size(len(data.train)) if isinstance(data, Dataset) else _TRANSITIONS


_TRANSITIONS = 64
"""Steps in an environment that one optimizer step learns from: what most who publish figures take."""


def default_batch_size(examples: int) -> int:
    """Return a batch size for who names none: 32, halved down to 8 while an epoch would have less than ten steps."""
    size = 32
    while size > 8 and examples < 10 * size:  # noqa: PLR2004
        size //= 2
    return size


def open_source(source: str, progress: Progress, missing: Mapping[str, str] | None = None) -> Samples:
    """Open a source string with its adapter; say how many inputs were set aside.

    ``missing`` has a policy for columns with empty cells; it goes before what the source itself says of them. Raises
    UsageError for an environment, which has no samples.
    """
    from tlzoo.data import Samples

    is_code = environment_code(source) is not None  # no module need be imported to say so
    samples = None if is_code else _open(source, progress, missing)
    if not isinstance(samples, Samples):
        raise UsageError(f"{source} has no labelled samples", "it is something to act in: `tlzoo train` takes it")
    _tell_set_aside(samples, progress)
    return samples


def open_environment(source: str, progress: Progress) -> Environment:
    """Open a source that is something to act in; raise UsageError for one that has samples."""
    from tlzoo.data import Samples

    opened = _open(source, progress, None)
    if isinstance(opened, Samples):
        raise UsageError(f"{source} has samples, and is nothing to act in", "give an environment")
    return opened


def _open(source: str, progress: Progress, missing: Mapping[str, str] | None) -> Samples | Environment:
    from tlzoo.data import Samples, check_labels, format_policies, parse_policies, parse_source
    from tlzoo.plugins import registered

    parsed = parse_source(source)
    adapters = {each.name: each.value for each in registered("tlzoo_data_adapters")}
    if parsed.scheme not in adapters:
        raise UsageError(f"no adapter {parsed.scheme!r} for {source!r}", did_you_mean(parsed.scheme, adapters))
    options = dict(parsed.options)
    if missing:
        options["missing"] = format_policies(parse_policies(options.get("missing", "")) | dict(missing))
    merge = options.pop("merge_labels", None)
    code = environment_code(source)
    consented = nullcontext() if code is None else importing(require_consent("environment", code).files)
    try:
        with consented:
            opened: Samples | Environment = adapters[parsed.scheme](parsed.location, options, progress=progress)
    except OSError as error:
        fix = "check its name and permissions"
        raise DataError(f"{source} cannot be read: {error.strerror or error}", fix) from error
    return check_labels(opened, merge) if isinstance(opened, Samples) else opened


def _split_data(recipe: Recipe, entry: Entry, progress: Progress) -> Dataset | Environment:
    from tlzoo.data import Samples, describe_imbalance, leaks, split
    from tlzoo.tasks import TaskOptions

    samples = _open(recipe.data, progress, recipe.missing)
    modality = samples.examples.modality if isinstance(samples, Samples) else samples.modality
    if modality != entry.modality:
        raise UsageError(
            f"{entry.id} takes {entry.modality}, and {recipe.data} is {modality}",
            f"`tlzoo list --modality {modality}` lists backbones for it",
        )
    if not isinstance(samples, Samples):
        for name in ("per_class", "balance", "loss", "thresholds"):
            if getattr(recipe, name) not in {None, "none", "half"}:
                raise UsageError(f"{recipe.data} has no labels, and so no use for {name}", "leave it out")
        check = getattr(samples, "check", None)
        if check is not None:
            check(entry)
        for note in samples.notes:
            progress.note(note)
        return samples
    _tell_set_aside(samples, progress)
    samples.task.check_options(TaskOptions(recipe.balance, recipe.loss, recipe.thresholds), samples.source)
    data = split(samples, seed=recipe.seed, per_class=recipe.per_class)
    imbalance = describe_imbalance(data, recipe.balance)
    data = replace(data, notes=(*data.notes, *([imbalance] if imbalance else []), *leaks(data)))
    for note in data.notes:
        progress.note(note)
    return data


def _of_target(recipe: Recipe, progress: Progress, source: str) -> Samples:
    """Open a source of the target; empty cells are treated as those of the data where both are tables."""
    from tlzoo.data import like_training

    same = source.partition(":")[0] == recipe.data.partition(":")[0]
    return open_source(like_training(source, recipe.data), progress, recipe.missing if same else None)


def _check_target(recipe: Recipe, strategy: Strategy) -> None:
    if recipe.target is None and strategy.needs_target:
        raise UsageError(
            f"the strategy {recipe.strategy.name!r} needs unlabelled inputs of a target",
            "give them as --target, such as --target images:FOLDER",
        )
    if recipe.target is None and recipe.target_test is not None:
        raise UsageError("target_test without a target", "give the unlabelled inputs as --target")


def _tell_set_aside(samples: Samples, progress: Progress) -> None:
    if samples.set_aside:
        count = len(samples.set_aside)
        first = samples.set_aside[0]
        what = "1 input is" if count == 1 else f"{count} inputs are"
        progress.note(f"{what} set aside{'' if count == 1 else ', the first of them'}: {first.name}: {first.reason}")


def _smallest(entry: Entry) -> int | None:
    """Return the least height and width of images that an entry takes; None where it takes one size, or no images."""
    smallest = getattr(entry.input, "smallest", None)
    return None if smallest is None else int(max(smallest))


def _check_size(entry: Entry, size: int | None) -> None:
    smallest = getattr(entry.input, "smallest", None)
    if size is not None and smallest is not None and size < max(smallest):
        raise UsageError(
            f"{entry.id} takes images of {smallest[0]} x {smallest[1]} pixels or more, not {size} x {size}",
            f"use --image-size {max(smallest)}",
        )


def _wrong_input(entry: Entry, backbone: Backbone, data: Dataset | Environment) -> Iterator[str]:
    from tlzoo.data import Dataset

    modality = require_modality(entry.modality)
    for each in modality.preprocessing_problems(entry, backbone):
        yield f"{entry.id}: {each}"
    if isinstance(data, Dataset):
        yield from modality.data_problems(entry, backbone, data.examples)


def _complete(named: Named, made: Any) -> Named:
    return Named(name=named.name, options=made.model_dump(mode="json"))
