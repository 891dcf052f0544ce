"""Variants of a run's state for a phase: another image size or augmentation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError
from tlzoo.modalities.augmentation import augmentation_of, augmenter, suited
from tlzoo.training.checkpoints import Checkpoints
from tlzoo.training.network import Network

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.modalities.augmentation import Augmenter
    from tlzoo.training.contract import Setup
    from tlzoo.training.state import SupervisedState

__all__ = ["serving_image_size", "variant"]


def variant(state: SupervisedState, image_size: int | None, augment: str | Mapping[str, Any] | None) -> SupervisedState:
    """Return the state for a phase with this image size (pixels) and augmentation. None: those of the run.

    Weights are transferred by the checkpoint at the start of a phase: every variant has the same
    variables by path, and the same values before the first phase. The head is shared. The last variant is
    kept until another one is requested.

    Raises:
        UsageError: If the backbone does not support this size, or the augmentation is unknown.
    """
    if image_size == serving_image_size(state.setup):
        image_size = None
    if image_size is None and augment is None:
        return state
    key = json.dumps([image_size, augment], sort_keys=True)
    if state.variant is None or state.variant[0] != key:
        state.variant = None
        state.variant = (key, _made(state, image_size, augment))
    return state.variant[1]


def serving_image_size(setup: Setup) -> int | None:
    """Return height and width (pixels) of the model's images; None without images, or if they are not square."""
    match setup.backbone.preprocessing.shape:
        case (height, width, _) if height == width:
            return int(height)
    return None


def _made(state: SupervisedState, image_size: int | None, augment: str | Mapping[str, Any] | None) -> SupervisedState:
    setup, network, checkpoints = state.setup, state.network, state.checkpoints
    if image_size is not None:
        backbone = _at(setup, image_size)
        setup = replace(setup, backbone=backbone, augment=_at_shape(setup.augment, backbone))
        network = Network(backbone, setup.head, setup.data.task, setup.seed, built=network.head)
        _check_head(network, image_size)
        _same_variables(state.network, network, image_size)
        checkpoints.load_initial_into(network.variables)
        checkpoints = Checkpoints(setup.checkpoints, network.variables)
    if augment is not None:
        setup = replace(setup, augment=_augmenter(augment, setup))
    return replace(
        state,
        setup=setup,
        network=network,
        checkpoints=checkpoints,
        boundaries={},
        steps={},
        paces={},
        variant=None,
        whole=None,
        solved=None,
        decision=None,
        held_out=None,
    )


def _at(setup: Setup, size: int) -> Backbone:
    """Return the backbone at another size. Raises UsageError if it or its head does not support it."""
    name, resizing = setup.backbone.model.name, setup.resizing
    if resizing is None or resizing.smallest is None:
        raise UsageError(
            f"a phase needs images of {size} pixels, but {name} has only one size",
            "use a strategy that keeps the size, or another backbone",
        )
    if size < resizing.smallest:
        raise UsageError(
            f"a phase needs images of {size} pixels, but {name} takes {resizing.smallest} or more", "use a larger size"
        )
    return resizing.load(size)


def _check_head(network: Network, size: int) -> None:
    """Raise UsageError if the head does not support the backbone's features at another size."""
    for wanted, given in zip(network.head.inputs, network.inputs.tensors, strict=True):
        pairs = list(zip(wanted.shape[1:], given.shape[1:], strict=True))
        if any(None not in pair and pair[0] != pair[1] for pair in pairs):
            takes, gives = (" x ".join(map(str, shape)) for shape in zip(*pairs, strict=True))
            vector = len(pairs) == 1
            raise UsageError(
                f"the head takes {takes} features, but at {size} pixels there are {gives}",
                "pool them: -H pooling=average" if vector else "use a strategy that keeps the size, or another head",
            )


def _same_variables(own: Network, other: Network, size: int) -> None:
    shapes = {path: tuple(variable.shape) for path, variable in own.variables.items()}
    there = {path: tuple(variable.shape) for path, variable in other.variables.items()}
    differing = sorted(path for path in shapes.keys() | there.keys() if shapes.get(path) != there.get(path))
    if differing:
        first = differing[0]
        raise UsageError(
            f"{own.backbone.model.name} has other weights at {size} pixels: {first} is "
            f"{there.get(first, 'missing')} instead of {shapes.get(first, 'nothing')}",
            "use a strategy that keeps the size, or another backbone",
        )


def _at_shape(given: Augmenter | None, backbone: Backbone) -> Augmenter | None:
    return None if given is None else augmenter(given.options, backbone.preprocessing.shape)


def _augmenter(asked: str | Mapping[str, Any], setup: Setup) -> Augmenter | None:
    """Return the augmenter for a phase, without operations unsuitable for the data."""
    options = {} if isinstance(asked, str) else {key: value for key, value in asked.items() if key != "name"}
    policy = asked if isinstance(asked, str) else str(asked.get("name", "none"))
    made = augmentation_of(policy, options, setup.data.examples.modality)
    if made is not None:
        made, _ = suited(made, options, setup.data)
    return None if made is None else augmenter(made, setup.backbone.preprocessing.shape)
