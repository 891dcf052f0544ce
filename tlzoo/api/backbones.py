"""Functions on backbones: load one, or build a Keras model on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import tlzoo
from tlzoo.api.recipe_arguments import Choice
from tlzoo.progress import Progress

if TYPE_CHECKING:
    import keras
    import numpy as np

    import tlzoo.strategies
    import tlzoo.tasks
    import tlzoo.zoo

__all__ = ["build", "load_backbone"]


def load_backbone(
    name: str,
    *,
    image_size: int | tuple[int, int] | None = None,
    sequence_length: int | None = None,
    input_shape: tuple[int, ...] | None = None,
    weights: Literal["pretrained", "random"] = "pretrained",
    precision: str | None = None,
    seed: int = 0,
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    progress: Progress | None = None,
) -> tlzoo.zoo.LoadedBackbone:
    """Load a backbone of the zoo for your own models.

    >>> backbone = tlzoo.load_backbone("glyphnet", image_size=64)
    >>> features = backbone(np.zeros((2, 64, 64, 3), "uint8"))
    >>> layer = backbone.layer(trainable=tlzoo.strategies.top(2))

    Args:
        name: Id or unambiguous short name, as in ``tlzoo list``.
        image_size: Size in pixels to which images are resized: one number, or (height, width). None: that of the entry.
        sequence_length: Maximum number of tokens of a text. None: that of the entry.
        input_shape: Shape of one input, for entries without a fixed one: ``(4,)`` for rows of four numbers.
        weights: ``"pretrained"``, or ``"random"`` for the architecture only.
        precision: Keras dtype policy, such as ``"mixed_bfloat16"``. None: ``keras.config.dtype_policy()``.
        seed: Seed of random weights.
        offline: If True, nothing is downloaded. None: ``TLZOO_OFFLINE``.
        trust_on_first_use: If True, files without a published hash are accepted, and their present hash is pinned.
        progress: Receives progress of downloads; None shows nothing.

    Returns:
        The backbone, from raw inputs to features.

    Raises:
        EntryError: If the entry is unknown or cannot be loaded.
        PluginError: If the entry's plugin is missing or broken.
        BytesRefusedError: If a file does not have its declared hash.
    """
    from tlzoo.artifacts import using
    from tlzoo.backbones import LoadRequest
    from tlzoo.plugins import catalog
    from tlzoo.zoo.loaded_backbone import load

    entry = catalog().get(name)
    catalog().require_installed(entry)
    request = LoadRequest(
        weights=_one_of("weights", weights, ("pretrained", "random")),
        image_size=(image_size, image_size) if isinstance(image_size, int) else image_size,
        sequence_length=sequence_length,
        input_shape=input_shape,
        seed=seed,
        dtype=_policy(precision),
    )
    with using(offline=offline, trust_on_first_use=trust_on_first_use, progress=progress):
        return load(entry, request)


def build(
    name: str,
    *,
    head: Choice = "linear",
    task: tlzoo.tasks.Task | str = "classification",
    classes: Sequence[str] | int | None = None,
    trainable: bool | tlzoo.strategies.Selection = False,
    labels: np.ndarray | None = None,
    input_shape: tuple[int | None, ...] | None = None,
    image_size: int | tuple[int, int] | None = None,
    sequence_length: int | None = None,
    weights: Literal["pretrained", "random"] = "pretrained",
    precision: str | None = None,
    seed: int = 0,
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    progress: Progress | None = None,
) -> keras.Model:
    """Return a Keras model from raw inputs to predictions, ready to compile: backbone, head and the task's last layer.

    >>> model = tlzoo.build("glyphnet", classes=10)
    >>> model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    Predictions are probabilities, or numbers for regression. The model trains with plain Keras; ``tlzoo.train`` adds
    strategies, cached features and reports.

    Args:
        name: Id or unambiguous short name, as in ``tlzoo list``.
        head: Name of a head, a mapping of ``name`` and options, a class or an object.
        task: Kind of task, with ``classes``; or a task of ``tlzoo.tasks``.
        classes: Names of classes or targets, or their number.
        trainable: Trainable part of the backbone: False, True, or a selection of ``tlzoo.strategies``.
        labels: Training labels for regression; predictions then have their mean and scale.
        input_shape: Shape of one raw input. Default: (None, None, 3) for images, () for texts, (2,) for pairs of texts.
        image_size: Size in pixels to which images are resized, as for ``load_backbone``.
        sequence_length: Maximum number of tokens of a text.
        weights: ``"pretrained"`` or ``"random"``.
        precision: Keras dtype policy.
        seed: Seed of the head's weights, and of random weights of the backbone.
        offline: If True, nothing is downloaded. None: ``TLZOO_OFFLINE``.
        trust_on_first_use: If True, files without a published hash are accepted, and their present hash is pinned.
        progress: Receives progress of downloads; None shows nothing.

    Returns:
        The model. Its output has shape (batch, classes or targets).

    Raises:
        UsageError: If an option has an invalid value.
        EntryError: If the entry is unknown or cannot be loaded.
    """
    from tlzoo.api.recipe_arguments import named_choice
    from tlzoo.heads import Head
    from tlzoo.runs.opening.components import make_head
    from tlzoo.zoo.own_model import build_model, task_named

    known = task_named(task, classes)
    made = head if isinstance(head, Head) else make_head(named_choice(head))
    backbone = load_backbone(
        name,
        image_size=image_size,
        sequence_length=sequence_length,
        weights=weights,
        precision=precision,
        seed=seed,
        offline=offline,
        trust_on_first_use=trust_on_first_use,
        progress=progress,
    )
    return build_model(backbone, made, known, trainable=trainable, labels=labels, input_shape=input_shape, seed=seed)


def _policy(precision: str | None) -> str:
    import keras

    from tlzoo.errors import UsageError

    if precision is None:
        return str(keras.config.dtype_policy().name)
    try:
        return str(keras.dtype_policies.get(precision).name)
    except ValueError as error:
        raise UsageError(f"no precision {precision!r}", "valid: float32, mixed_bfloat16, mixed_float16") from error


def _one_of(argument: str, value: Any, valid: Sequence[Any]) -> Any:
    from tlzoo.errors import UsageError, did_you_mean

    if value not in valid:
        raise UsageError(f"no {argument} {value!r}", did_you_mean(str(value), valid))
    return value
