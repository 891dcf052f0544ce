"""Conformance checks of a head: construction for every task and size, and saving."""

from __future__ import annotations

import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.heads import Level, MapShape, SequenceShape
from tlzoo.testing.outcome import SkippedError, expect
from tlzoo.testing.reference import ReferenceSubject
from tlzoo.testing.session import Check, check
from tlzoo.testing.tensors import SAME, expect_equal

if TYPE_CHECKING:
    import keras

    from tlzoo.heads import Head
    from tlzoo.tasks import OutputForm, Task

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
_RANKS: dict[OutputForm, int] = {"vector": 2, "boxes": 3, "map": 4, "sequence": 3}
_SHAPES: dict[str, tuple[Any, ...]] = {
    "vector": _SIZES,
    "map": tuple(MapShape(_LENGTH, _LENGTH, size) for size in _SIZES),
    "sequence": tuple(SequenceShape(_LENGTH, size, masked) for size in _SIZES for masked in (False, True)),
    "pyramid": (
        (Level("low", MapShape(_LONGER, _LONGER, 3)),),
        (Level("low", MapShape(_LONGER, _LONGER, 3)), Level("high", MapShape(_LENGTH, _LENGTH, 7))),
    ),
}
"""Feature shapes in the checks, by the input of a head."""


@final
class HeadSubject(ReferenceSubject):
    """A head by its registered name, ``module:Class`` or ``./file.py:Class``."""

    @cached_property
    def head(self) -> Head:
        """The head with its default options."""
        from tlzoo.runs.opening.components import make_head

        return self._made(make_head)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """A task of each available kind that needs outputs of the head's form."""
        from tlzoo.plugins import registered
        from tlzoo.tasks.lookup import task_problem

        known = [each for each in registered("tlzoo_tasks") if task_problem(each.name, each.value) is None]
        form = self.head.output_form
        found = tuple(each.value.example() for each in known if each.value.output_form == form)
        expect(bool(found), f"no task has outputs of the form {form!r}")
        return found

    @cached_property
    def shapes(self) -> tuple[Any, ...]:
        """Several shapes of the head's input, as passed to ``build``."""
        return _SHAPES[self.head.takes]

    @property
    def middle(self) -> Any:
        """A shape that is neither the smallest nor the largest."""
        return self.shapes[len(self.shapes) // 2]

    def build(self, seed: int = 0) -> keras.Model:
        """Return the head for three classes."""
        return self.head.build(self.middle, self.tasks[0], seed)

    def inputs(self, shape: Any = None) -> Any:
        """Return five samples of features of this shape, as inputs of the head's model."""
        return _inputs(self.middle if shape is None else shape)


@check()
def has_defaults(subject: HeadSubject) -> None:
    """Check that the class is found, has defaults for all options, and can be stored in a recipe."""
    head = subject.head
    again = type(head).model_validate_json(head.model_dump_json())
    expect(again == head, "the options differ after conversion to JSON and back")


@check(has_defaults)
def builds_for_every_task(subject: HeadSubject) -> None:
    """Check that it returns finite float32 outputs for each task of its form and features of any size.

    A head whose trainer is not a ``SupervisedTrainer`` is built for that trainer's data, and is checked with it.
    """
    _skip_for_own_trainer(subject.head)
    for task in subject.tasks:
        for shape in subject.shapes:
            given = np.asarray(subject.head.build(shape, task, 0)(subject.inputs(shape), training=False))
            what = f"{task.kind}, {f'{shape} features' if isinstance(shape, int) else shape}"
            right = given.shape == (_COUNT, *given.shape[1:-1], task.outputs)
            expect(right and given.ndim == _RANKS[task.output_form], f"{what}: shape {given.shape}")
            expect(given.dtype == np.float32, f"{task.kind}: {given.dtype}, not float32")
            expect(np.isfinite(given).all(), f"{what}: not all outputs are finite")


def _skip_for_own_trainer(head: Head) -> None:
    from tlzoo.plugins import registered
    from tlzoo.training import SupervisedTrainer

    trainer = {each.name: each.value for each in registered("tlzoo_trainers")}.get(str(head.trainer))
    if trainer is not None and not issubclass(trainer, SupervisedTrainer):
        raise SkippedError(f"its trainer {head.trainer!r} has data of its own: check it with TrainerChecks")


@check(builds_for_every_task)
def ignores_padding(subject: HeadSubject) -> None:
    """Check that outputs do not depend on the features of padding; only sequences have padding."""
    masked = [shape for shape in subject.shapes if getattr(shape, "masked", False)]
    if not masked:
        return
    model = subject.head.build(masked[0], subject.tasks[0], 0)
    features, mask = subject.inputs(masked[0])
    other = np.where(mask[..., np.newaxis], features, np.float32(3.0))
    outputs = [np.asarray(model([each, mask], training=False)) for each in (features, other)]
    expect_equal([outputs[0]], [outputs[1]], "different features in the padding", SAME)


@check(builds_for_every_task)
def is_drawn_from_its_seed(subject: HeadSubject) -> None:
    """Check that equal seeds give equal heads, and different seeds different heads."""
    first, again, other = (_outputs(subject, subject.build(seed=seed)) for seed in (1, 1, 2))
    expect_equal([first], [again], "the same seed", SAME)
    expect(not np.allclose(first, other), "another seed gives the same head: the seed is not used")


@check(builds_for_every_task)
def learns(subject: HeadSubject) -> None:
    """Check that there are trainable variables, and that the gradients of a loss reach all of them."""
    import tensorflow as tf

    model = subject.build()
    expect(model.trainable_variables, "the head has no trainable variables")
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(tf.square(model(subject.inputs(), training=True)))
    gradients = tape.gradient(value, [variable.value for variable in model.trainable_variables])
    unreached = [
        variable.path for variable, each in zip(model.trainable_variables, gradients, strict=True) if each is None
    ]
    expect(not unreached, f"no gradient reaches {', '.join(unreached[:3])}")


@check(builds_for_every_task)
def saves_and_loads(subject: HeadSubject) -> None:
    """Check that Keras saves and loads it in safe mode, with the same outputs."""
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
    """Return normal features (5, …) of a shape: an array, a list with its mask, or a list of the maps of a pyramid."""
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
