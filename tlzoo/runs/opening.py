"""From a recipe to everything that a trainer is given: data with splits, head, strategy, backbone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.progress import Progress
from tlzoo.runs.recipe import Named, Recipe
from tlzoo.runs.resolving import make_head, make_strategy

if TYPE_CHECKING:
    from tlzoo.data import Dataset, Samples
    from tlzoo.heads import Head
    from tlzoo.registry import Entry
    from tlzoo.strategies import Strategy
    from tlzoo.training import Setup

__all__ = ["Opened", "open_recipe", "open_source"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A recipe whose names are resolved: options complete, entry known, data read and split; nothing loaded yet."""

    recipe: Recipe
    entry: Entry
    head: Head
    strategy: Strategy
    data: Dataset

    def setup(self, checkpoints: Path, progress: Progress) -> Setup:
        """Load the backbone and return what a trainer is given."""
        from tlzoo.backbones import LoadRequest, load_backbone
        from tlzoo.training import Setup

        recipe = self.recipe
        size = None if recipe.image_size is None else (recipe.image_size, recipe.image_size)
        request = LoadRequest(weights=recipe.weights or "pretrained", image_size=size, seed=recipe.seed)
        return Setup(
            backbone=load_backbone(self.entry, request),
            head=self.head,
            data=self.data,
            seed=recipe.seed,
            checkpoints=checkpoints,
            budget=recipe.epochs or recipe.steps,
            batch_size=recipe.batch_size,
            optimizer=recipe.optimizer,
            progress=progress,
        )


def open_recipe(recipe: Recipe, progress: Progress) -> Opened:
    """Resolve every name, the cheapest first, so that a misspelt one is told at once; then read and split the data.

    Raises UsageError, EntryError, DataError.
    """
    from tlzoo.data import split
    from tlzoo.plugins import catalog
    from tlzoo.training import OPTIMIZERS

    head, strategy = make_head(recipe.head), make_strategy(recipe.strategy)
    if recipe.optimizer not in OPTIMIZERS:
        raise UsageError(f"no optimizer {recipe.optimizer!r}", did_you_mean(recipe.optimizer, OPTIMIZERS))
    entry = catalog().get(recipe.backbone)
    samples = open_source(recipe.data, progress)
    if samples.examples.modality != entry.modality:
        raise UsageError(
            f"{entry.id} takes {entry.modality}, and {recipe.data} is {samples.examples.modality}",
            f"`tlzoo list --modality {samples.examples.modality}` lists backbones for it",
        )
    data = split(samples, seed=recipe.seed, per_class=recipe.per_class)
    for note in data.notes:
        progress.note(note)
    resolved = recipe.model_copy(
        update={
            "backbone": entry.id,
            "head": _complete(recipe.head, head),
            "strategy": _complete(recipe.strategy, strategy),
            "weights": recipe.weights or strategy.weights,
        }
    )
    return Opened(resolved, entry, head, strategy, data)


def open_source(source: str, progress: Progress) -> Samples:
    """Open a source string with its adapter; say how many inputs were set aside."""
    from tlzoo.data import parse_source
    from tlzoo.plugins import registered

    parsed = parse_source(source)
    adapters = {each.name: each.value for each in registered("tlzoo_data_adapters")}
    if parsed.scheme not in adapters:
        raise UsageError(f"no adapter {parsed.scheme!r} for {source!r}", did_you_mean(parsed.scheme, adapters))
    samples: Samples = adapters[parsed.scheme](parsed.location, parsed.options, progress=_counted(progress))
    if samples.set_aside:
        count = len(samples.set_aside)
        first = samples.set_aside[0]
        progress.note(
            f"{count} of the inputs could not be read and are set aside, among them {first.name}: {first.reason}"
        )
    return samples


def _complete(named: Named, made: Any) -> Named:
    return Named(name=named.name, options=made.model_dump(mode="json"))


def _counted(progress: Progress) -> Any:
    """Turn ``(done, total)`` calls into a tracked piece of work, which begins with the first call."""
    state: dict[str, Any] = {}

    def report(done: int, total: int) -> None:
        if "advance" not in state:
            state["context"] = progress.track("reading", total, "inputs")
            state["advance"] = state["context"].__enter__()
            state["done"] = 0
        state["advance"](done - state["done"])
        state["done"] = done
        if done >= total:
            state["context"].__exit__(None, None, None)

    return report
