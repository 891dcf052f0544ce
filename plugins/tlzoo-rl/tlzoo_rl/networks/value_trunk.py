"""A separate trunk for the value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tlzoo.backbones import Backbone, Vector
from tlzoo.errors import UsageError
from tlzoo.strategies import Parts
from tlzoo.training import derive

if TYPE_CHECKING:
    import keras

    from tlzoo.training import Network

__all__ = ["VALUE_TRUNK", "own_parts", "with_value_trunk"]

VALUE_TRUNK = "value_trunk"


def with_value_trunk(backbone: Backbone, seed: int) -> Backbone:
    """Return the backbone with a second, new trunk of the same layers: both features concatenated, (N, 2 size).

    The new variables are in no stage: they belong to the head (``own_parts``). Weights are orthogonal with gain
    sqrt(2), as those of trunks here are (Andrychowicz et al. 2020, arXiv 2006.05990, section 3.2: separate networks
    perform better). Raises UsageError for a backbone that cannot be copied.
    """
    import keras

    model = backbone.model
    if not isinstance(backbone.features, Vector) or len(model.inputs) != 1:
        raise UsageError(f"{model.name} cannot be copied", "use -H value_trunk=shared")
    own = keras.models.clone_model(model, clone_function=_renamed)
    own.name = VALUE_TRUNK
    _begin(own.layers, seed)
    both = keras.layers.Concatenate(name="both")([model.output, own(model.inputs[0])])
    doubled = keras.Model(model.inputs, both, name=model.name)
    return replace(backbone, model=doubled, features=Vector(both.shape[-1]))


def own_parts(network: Network) -> Parts:
    """Return a network's parts with the value's trunk as a part of the head."""
    own = frozenset(variable.path for variable in network.backbone.model.get_layer(VALUE_TRUNK).weights)
    return Parts(head=network.parts.head | own, stages=network.parts.stages)


def _renamed(layer: keras.Layer) -> keras.Layer:
    """Return a copy of a layer under another path."""
    copied: keras.Layer = type(layer).from_config({**layer.get_config(), "name": f"value_{layer.name}"})
    return copied


def _begin(layers: Sequence[Any], seed: int) -> None:
    """Initialize kernels with another seed: a copied layer would start with the weights of the policy's trunk."""
    import keras

    for number, layer in enumerate(each for each in layers if hasattr(each, "kernel")):
        draw = keras.initializers.Orthogonal(math.sqrt(2), derive(seed, VALUE_TRUNK, number) % 2**31)
        layer.kernel.assign(draw(layer.kernel.shape))
