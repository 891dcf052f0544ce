"""What is to be learned: which labels a sample has, and what a head has to give for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from tlzoo.printable import readable

__all__ = ["Classification", "Labels", "MultiLabel", "Regression", "Task"]

Labels: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[Any]]"
"""The labels of N samples; type and shape are the task's."""


@dataclass(frozen=True, slots=True)
class Classification:
    """The task of telling ``classes`` apart; labels are int64 (N,), positions in them."""

    classes: tuple[str, ...]
    kind: ClassVar[Literal["classification"]] = "classification"

    def __post_init__(self) -> None:
        """Make names readable: folders and files name classes, in whatever bytes their system has."""
        object.__setattr__(self, "classes", tuple(map(readable, self.classes)))

    @property
    def names(self) -> tuple[str, ...]:
        """What each of a head's outputs is about."""
        return self.classes

    @property
    def outputs(self) -> int:
        """How many outputs a head has for it: logits."""
        return len(self.classes)

    def show(self, label: Any) -> str:
        """Return one sample's label as a reader knows it: the name of its class."""
        return self.classes[int(label)]

    def refusal(self, labels: Labels, count: int) -> str | None:
        """Return why these are no labels of ``count`` samples, or None."""
        if labels.shape != (count,) or labels.dtype != np.int64:
            return f"labels are {labels.dtype} {labels.shape}, not int64 ({count},)"
        if count and not 0 <= labels.min() <= labels.max() < self.outputs:
            return f"labels must be positions in its {self.outputs} classes"
        return None


@dataclass(frozen=True, slots=True)
class MultiLabel:
    """The task of saying of each of ``classes`` whether it applies; labels are float32 (N, K), 0 or 1."""

    classes: tuple[str, ...]
    kind: ClassVar[Literal["multi-label"]] = "multi-label"

    def __post_init__(self) -> None:
        """Make names readable."""
        object.__setattr__(self, "classes", tuple(map(readable, self.classes)))

    @property
    def names(self) -> tuple[str, ...]:
        """What each of a head's outputs is about."""
        return self.classes

    @property
    def outputs(self) -> int:
        """How many outputs a head has for it: logits, each for itself."""
        return len(self.classes)

    def show(self, label: Any) -> str:
        """Return one sample's label (K,) as a reader knows it: the classes that apply, or ``none``."""
        return ", ".join(name for name, on in zip(self.classes, label, strict=True) if on) or "none"

    def refusal(self, labels: Labels, count: int) -> str | None:
        """Return why these are no labels of ``count`` samples, or None."""
        if (wrong := _not_rows(labels, count, self.outputs)) is not None:
            return wrong
        if not np.isin(labels, (0, 1)).all():
            return "labels must be 0 or 1, one for each class"
        return None


@dataclass(frozen=True, slots=True)
class Regression:
    """The task of predicting numbers, the ``targets``; labels are float32 (N, T), in the user's units."""

    targets: tuple[str, ...]
    kind: ClassVar[Literal["regression"]] = "regression"

    @property
    def names(self) -> tuple[str, ...]:
        """What each of a head's outputs is about."""
        return self.targets

    @property
    def outputs(self) -> int:
        """How many outputs a head has for it: numbers."""
        return len(self.targets)

    def show(self, label: Any) -> str:
        """Return one sample's label (T,) as a reader knows it: its numbers, named where there are several."""
        numbers = [f"{float(value):.6g}" for value in label]
        if len(numbers) == 1:
            return numbers[0]
        return ", ".join(f"{name} {number}" for name, number in zip(self.targets, numbers, strict=True))

    def refusal(self, labels: Labels, count: int) -> str | None:
        """Return why these are no labels of ``count`` samples, or None."""
        if (wrong := _not_rows(labels, count, self.outputs)) is not None:
            return wrong
        if not np.isfinite(labels).all():
            return "a target is missing or infinite"
        return None


Task: TypeAlias = Classification | MultiLabel | Regression
"""What is to be learned."""


def _not_rows(labels: Labels, count: int, outputs: int) -> str | None:
    if labels.shape == (count, outputs) and labels.dtype == np.float32:
        return None
    return f"labels are {labels.dtype} {labels.shape}, not float32 ({count}, {outputs})"
