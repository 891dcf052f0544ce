"""The checks of a head: what it builds, for every task and size, and that it can be saved."""

from __future__ import annotations

import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.heads import Level, MapShape, SequenceShape
from tlzoo.testing.outcome import expect
from tlzoo.testing.session import Check, check
from tlzoo.testing.tensors import SAME, expect_equal

if TYPE_CHECKING:
    import keras

    from tlzoo.heads import Head
    from tlzoo.tasks import Task

__all__ = [
    "HEAD_CHECKS",
    "HeadSubject",
    "builds_for_every_task",
    "has_defaults",
    "ignores_padding",
    "is_drawn_from_its_seed",
    "learns",
    "saves_and_loads",
]

_COUNT, _LENGTH, _LONGER = 5, 6, 9
_SIZES = (1, 7, 64)
_SHAPES: dict[str, tuple[Any, ...]] = {
    "vector": _SIZES,
    "map": tuple(MapShape(_LENGTH, _LENGTH, size) for size in _SIZES),
    "sequence": tuple(SequenceShape(_LENGTH, size, masked) for size in _SIZES for masked in (False, True)),
    "pyramid": (
        (Level("low", MapShape(_LONGER, _LONGER, 3)),),
        (Level("low", MapShape(_LONGER, _LONGER, 3)), Level("high", MapShape(_LENGTH, _LENGTH, 7))),
    ),
}
"""What heads are built for in the checks, by what they take."""


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

    @cached_property
    def shapes(self) -> tuple[Any, ...]:
        """Several shapes of what the head takes, as its ``build`` is given them."""
        return _SHAPES[self.head.takes]

    @property
    def middle(self) -> Any:
        """One shape that is neither the smallest nor the largest."""
        return self.shapes[len(self.shapes) // 2]

    def build(self, seed: int = 0) -> keras.Model:
        """Return the head for three classes."""
        return self.head.build(self.middle, self.tasks[0], seed)

    def inputs(self, shape: Any = None) -> Any:
        """Return five samples of features of this shape, as the head's model takes them."""
        return _inputs(self.middle if shape is None else shape)


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
        for shape in subject.shapes:
            given = np.asarray(subject.head.build(shape, task, 0)(subject.inputs(shape), training=False))
            what = f"{task.kind}, {f'{shape} features' if isinstance(shape, int) else shape}"
            expect(given.shape == (_COUNT, task.outputs), f"{what}: shape {given.shape}")
            expect(given.dtype == np.float32, f"{task.kind}: {given.dtype}, not float32")
            expect(np.isfinite(given).all(), f"{what}: not all outputs are numbers")


@check(builds_for_every_task)
def ignores_padding(subject: HeadSubject) -> None:
    """Prove that outputs are the same whatever the features of padding are; only sequences have padding."""
    masked = [shape for shape in subject.shapes if getattr(shape, "masked", False)]
    if not masked:
        return
    model = subject.head.build(masked[0], subject.tasks[0], 0)
    features, mask = subject.inputs(masked[0])
    other = np.where(mask[..., np.newaxis], features, np.float32(3.0))
    outputs = [np.asarray(model([each, mask], training=False)) for each in (features, other)]
    expect_equal([outputs[0]], [outputs[1]], "other features under the padding", SAME)


@check(builds_for_every_task)
def is_drawn_from_its_seed(subject: HeadSubject) -> None:
    """Prove that one seed gives one head, another seed another."""
    first, again, other = (_outputs(subject, subject.build(seed=seed)) for seed in (1, 1, 2))
    expect_equal([first], [again], "the same seed", SAME)
    expect(not np.allclose(first, other), "another seed gives the same head: it does not use its seed")


@check(builds_for_every_task)
def learns(subject: HeadSubject) -> None:
    """Prove that the gradients of a loss reach every trainable variable, and that there is one."""
    import tensorflow as tf

    model = subject.build()
    expect(model.trainable_variables, "it has no trainable variable")
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(tf.square(model(subject.inputs(), training=True)))
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
    expect_equal([_outputs(subject, model)], [_outputs(subject, loaded)], "saved and loaded", SAME)


HEAD_CHECKS: tuple[Check[HeadSubject], ...] = (
    has_defaults,
    builds_for_every_task,
    ignores_padding,
    is_drawn_from_its_seed,
    learns,
    saves_and_loads,
)


def _inputs(shape: Any) -> Any:
    """Return normal features (5, …) of a shape: an array, with its mask in a list, or a list of a pyramid's maps."""
    random = np.random.default_rng(0)

    def draw(*sizes: int | None) -> np.ndarray[Any, Any]:
        return random.normal(size=(_COUNT, *(size or _LONGER for size in sizes))).astype(np.float32)

    match shape:
        case int():
            return draw(shape)
        case MapShape():
            return draw(shape.height, shape.width, shape.channels)
        case SequenceShape():
            features = draw(shape.length, shape.size)
            lengths = np.arange(1, _COUNT + 1)
            return [features, np.arange(features.shape[1]) < lengths[:, np.newaxis]] if shape.masked else features
    levels = [_inputs(level.shape) for level in shape]
    return levels if len(levels) > 1 else levels[0]


def _outputs(subject: HeadSubject, model: keras.Model) -> np.ndarray[Any, Any]:
    return np.asarray(model(subject.inputs(), training=False))
