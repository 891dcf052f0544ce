"""Keras objects of a recipe: checks before data are read, and the learning rate of an optimizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.keras_objects import ACCURACY, KerasConfig, keras_object
from tlzoo.runs.named import Named
from tlzoo.runs.opening.components import make_strategy

if TYPE_CHECKING:
    from tlzoo.data import RunData
    from tlzoo.progress import Progress
    from tlzoo.runs.recipe import Recipe
    from tlzoo.strategies import Strategy

__all__ = ["check_keras_objects", "refuse_metrics_without_labels", "settle_optimizer"]

_RATE = "rate"
_OWN_LOSSES = ("focal", "logit-adjust")


def settle_optimizer(recipe: Recipe, strategy: Strategy, progress: Progress | None) -> tuple[Recipe, Strategy]:
    """Return the recipe with the optimizer's learning rate as the strategy's option ``rate``, and the strategy.

    Learning rates belong to the strategy, which has one for each phase and group of variables. A Keras optimizer
    without a learning rate leaves them unchanged, with a note. Raises UsageError for an unknown optimizer, for a rate
    that contradicts that of the strategy, and for a strategy without this option.
    """
    from tlzoo.training import OPTIMIZERS

    optimizer = recipe.optimizer
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZERS:
            raise UsageError(f"unknown optimizer {optimizer!r}", did_you_mean(optimizer, OPTIMIZERS))
        return recipe, strategy
    rate = optimizer.config.get("learning_rate")
    keras_object(optimizer, "optimizer")
    if rate is None:
        if progress is not None:
            progress.note(f"{optimizer} uses the learning rates of the strategy: {_rates(strategy)}")
        return recipe, strategy
    name, options = recipe.strategy.name, recipe.strategy.options
    if isinstance(rate, bool) or not isinstance(rate, int | float):
        raise UsageError(
            f"the learning rate of {optimizer} is {rate!r:.60}, not a number",
            "phases have their own schedules; remove it",
        )
    if _RATE not in type(strategy).model_fields:
        raise UsageError(
            f"{optimizer} has the learning rate {rate:g}, but the strategy {name!r} has several: {_rates(strategy)}",
            "remove it and set these, or use a strategy with one rate, such as feature-extraction or fine-tune",
        )
    if options.get(_RATE, rate) != rate:
        raise UsageError(
            f"{optimizer} has the learning rate {rate:g}, but the strategy {name!r} has the rate {options[_RATE]:g}",
            "give only one",
        )
    named = Named(name=name, options=options | {_RATE: float(rate)})
    kept = {key: value for key, value in optimizer.config.items() if key != "learning_rate"}
    settled = {"strategy": named, "optimizer": optimizer.model_copy(update={"config": kept})}
    return recipe.model_copy(update=settled), make_strategy(named)


def check_keras_objects(recipe: Recipe) -> None:
    """Create the loss and the metrics once; raise UsageError if Keras cannot create one, or one is not applicable."""
    for each in recipe.metrics:
        if each.class_name not in ACCURACY:  # depends on the task
            keras_object(each, "metric")
    if isinstance(recipe.loss, KerasConfig):
        keras_object(recipe.loss, "loss")
        if recipe.balance in _OWN_LOSSES:
            raise UsageError(
                f"the balance {recipe.balance!r} is a loss, but the recipe also has the loss {recipe.loss}",
                "give only one",
            )


def refuse_metrics_without_labels(recipe: Recipe, data: RunData) -> None:
    """Raise UsageError if a recipe has metrics, but its data have no labels."""
    if recipe.metrics and data.labelled is None:
        raise UsageError(f"{recipe.data} has no labels, so metrics have no effect", "remove them")


def _rates(strategy: Any) -> str:
    """Return the learning rate options of a strategy: ``rate=0.01``."""
    found = {name: getattr(strategy, name) for name in type(strategy).model_fields if "rate" in name.split("_")[-1]}
    shown = {name: value for name, value in found.items() if not isinstance(value, bool)}
    return ", ".join(f"{name}={value}" for name, value in shown.items()) or "its own"
