"""The checks of a head: what it builds, for every task and size, and that it can be saved."""

from __future__ import annotations

import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.testing.outcome import expect
from tlzoo.testing.session import Check, check
from tlzoo.testing.tensors import SAME, expect_equal

if TYPE_CHECKING:
    import keras

    from tlzoo.data import Task
    from tlzoo.heads import Head

__all__ = [
    "HEAD_CHECKS",
    "HeadSubject",
    "builds_for_every_task",
    "has_defaults",
    "is_drawn_from_its_seed",
    "learns",
    "saves_and_loads",
]

_SIZES = (1, 7, 64)


@final
class HeadSubject:
    """A head by its registered name, ``module:Class`` or ``./file.py:Class``."""

    def __init__(self, reference: str) -> None:
        """Take the reference; it is resolved by the first check."""
        self._reference = reference

    @property
    def title(self) -> str:
        """The reference."""
        return self._reference

    @cached_property
    def head(self) -> Head:
        """The head with its default options."""
        from tlzoo.runs import Named
        from tlzoo.runs.consent.user_code import name_code
        from tlzoo.runs.opening.components import make_head

        name_code(self._reference)
        return make_head(Named(name=self._reference))

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """A task of each kind that can be used."""
        from tlzoo.plugins import registered
        from tlzoo.tasks.lookup import task_problem

        known = registered("tlzoo_tasks")
        return tuple(each.value.example() for each in known if task_problem(each.name, each.value) is None)

    def build(self, size: int = 7, seed: int = 0) -> keras.Model:
        """Return the head for three classes."""
        return self.head.build(size, self.tasks[0], seed)


@check()
def has_defaults(subject: HeadSubject) -> None:
    """Prove that the class is found, can be made without giving any option, and survives a recipe."""
    head = subject.head
    again = type(head).model_validate_json(head.model_dump_json())
    expect(again == head, "its options come back from JSON as others")


@check(has_defaults)
def builds_for_every_task(subject: HeadSubject) -> None:
    """Prove that it gives finite float32 (batch, outputs) for each kind of task, and for features of any size."""
    for task in subject.tasks:
        for size in _SIZES:
            given = np.asarray(subject.head.build(size, task, 0)(_features(size), training=False))
            expect(given.shape == (5, task.outputs), f"{task.kind}, {size} features: shape {given.shape}")
            expect(given.dtype == np.float32, f"{task.kind}: {given.dtype}, not float32")
            expect(np.isfinite(given).all(), f"{task.kind}, {size} features: not all outputs are numbers")


@check(builds_for_every_task)
def is_drawn_from_its_seed(subject: HeadSubject) -> None:
    """Prove that one seed gives one head, another seed another."""
    first, again, other = (_outputs(subject.build(seed=seed)) for seed in (1, 1, 2))
    expect_equal([first], [again], "the same seed", SAME)
    expect(not np.allclose(first, other), "another seed gives the same head: it does not use its seed")


@check(builds_for_every_task)
def learns(subject: HeadSubject) -> None:
    """Prove that the gradients of a loss reach every trainable variable, and that there is one."""
    import tensorflow as tf

    model = subject.build()
    expect(model.trainable_variables, "it has no trainable variable")
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(tf.square(model(_features(7), training=True)))
    gradients = tape.gradient(value, [variable.value for variable in model.trainable_variables])
    unreached = [
        variable.path for variable, each in zip(model.trainable_variables, gradients, strict=True) if each is None
    ]
    expect(not unreached, f"no gradient reaches {', '.join(unreached[:3])}")


@check(builds_for_every_task)
def saves_and_loads(subject: HeadSubject) -> None:
    """Prove that Keras saves it and loads it again in safe mode, with the same outputs."""
    import keras

    model = subject.build()
    with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as folder:
        path = Path(folder, "head.keras")
        model.save(path)
        loaded = keras.models.load_model(path)
    expect_equal([_outputs(model)], [_outputs(loaded)], "saved and loaded", SAME)


HEAD_CHECKS: tuple[Check[HeadSubject], ...] = (
    has_defaults,
    builds_for_every_task,
    is_drawn_from_its_seed,
    learns,
    saves_and_loads,
)


def _features(size: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).normal(size=(5, size)).astype(np.float32)


def _outputs(model: keras.Model) -> np.ndarray[Any, Any]:
    return np.asarray(model(_features(7), training=False))
