"""Target data of domain adaptation: unlabelled inputs for training, labels only for the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import RunError, UsageError
from tlzoo.progress import Progress
from tlzoo.runs.opening.class_indices import reindexed_test_split
from tlzoo.runs.recipe import Recipe

if TYPE_CHECKING:
    from tlzoo.data import Dataset, Samples

__all__ = ["Target", "alike", "describe_target", "open_target", "refuse_changed_target"]

OpenSource = Callable[[str], "Samples"]


@dataclass(frozen=True, slots=True)
class Target:
    """``inputs`` are unlabelled samples for training; ``test`` has labels and is never used in training."""

    inputs: Dataset
    test: Dataset | None


def open_target(recipe: Recipe, data: Dataset, open_source: OpenSource, progress: Progress) -> Target:
    """Read the target of a recipe.

    If ``target_test`` names a labelled source, training uses all of ``target``. Otherwise, if the target has labels
    with the classes of the data, its test split (declared, or 15 % of each class) is held out for testing. Without
    labels there is no test on the target. Raises UsageError for a target of another modality.
    """
    from tlzoo.data import without_labels

    samples = alike(open_source(str(recipe.target)), data)
    everything = np.arange(len(samples.labels), dtype=np.int64)
    if recipe.target_test is not None:
        tested = alike(open_source(recipe.target_test), data)
        positions = np.arange(len(tested.labels), dtype=np.int64)
        return Target(without_labels(samples, everything), reindexed_test_split(tested, positions, data.task))
    if why := _untestable(samples, data):
        progress.note(f"{samples.source} {why}, so there is no test on the target")
        return Target(without_labels(samples, everything), None)
    test = _test_split(samples, recipe.seed)
    inputs = without_labels(samples, np.setdiff1d(everything, test))
    return Target(inputs, reindexed_test_split(samples, test, data.task))


def describe_target(target: Target) -> dict[str, str | None]:
    """Return the journal's description of the target, to detect changes."""
    return {
        "fingerprint": target.inputs.fingerprint,
        "test": None if target.test is None else target.test.fingerprint,
    }


def refuse_changed_target(known: Mapping[str, Any], target: Target) -> None:
    """Raise RunError if the target differs from the description of ``describe_target``."""
    if {name: known[name] for name in ("fingerprint", "test")} != describe_target(target):
        raise RunError(f"{target.inputs.source} has changed since the run started", "restore the data, or train again")


def alike(samples: Samples, data: Dataset, what: str = "target") -> Samples:
    """Return samples with inputs like those of the data. Raises UsageError if they differ in modality or shape."""
    found, wanted = samples.examples.modality, data.examples.modality
    if found != wanted:
        raise UsageError(
            f"{samples.source} is {found}, but {data.source} is {wanted}", f"give a {what} of the same kind"
        )
    if samples.input_shape != data.input_shape:
        raise UsageError(
            f"{samples.source} has inputs of shape {samples.input_shape}, but {data.source} of {data.input_shape}",
            "give the same columns in the same order",
        )
    return samples


def _untestable(samples: Samples, data: Dataset) -> str | None:
    """Return why the target's labels cannot be used to test the model, or None if they can."""
    from tlzoo.data import is_labelled

    task = samples.task
    if not is_labelled(task):
        return "has no labels"
    if task.kind != data.task.kind:
        return f"is {task.kind}, but {data.source} is {data.task.kind}"
    unknown = [name for name in task.names if name not in data.task.names]
    if unknown:
        return f"has the class {unknown[0]!r}, which {data.source} does not have"
    if task.exclusive and len(np.unique(samples.labels)) < 2:  # noqa: PLR2004 - two classes
        return "has only one class"
    return None


def _test_split(samples: Samples, seed: int) -> np.ndarray:
    from tlzoo.data import split

    return split(samples, seed=seed).test
