"""Backbone, pooling and head as one network that can be taken apart at any stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.backbones import Backbone, pool, pooled_size, precision
from tlzoo.strategies import Parts

if TYPE_CHECKING:
    import keras

    from tlzoo.data import Task
    from tlzoo.heads import Head

__all__ = ["Network", "Severed", "as_list"]


@dataclass(frozen=True, slots=True)
class Severed:
    """A network taken apart at a boundary.

    ``below`` goes from a batch of samples to the boundary's tensors (a list), ``above`` from those to pooled features;
    it is None where the boundary is the pooled features themselves. ``shapes`` and ``dtypes`` are the boundary's,
    without the batch axis.
    """

    below: keras.Model
    above: keras.Model | None
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[str, ...]


class Network:
    """A backbone with its pooling and a new head.

    ``variables`` holds every variable under its path; the head's paths begin with ``head/`` so that they cannot collide
    with the backbone's. ``built`` is the head of another network, to be shared with it.
    """

    def __init__(
        self, backbone: Backbone, head: Head, task: Task, seed: int, *, built: keras.Model | None = None
    ) -> None:
        self.backbone = backbone
        self.task = task
        self._pooled = pool(backbone.features, list(backbone.model.outputs), head.pooling)
        with precision(backbone.model.dtype_policy.name):
            self.head = built or head.build(pooled_size(backbone.features, head.pooling), task, seed)
        self.variables: dict[str, keras.Variable] = {variable.path: variable for variable in backbone.model.weights}
        self._head_paths = {id(variable): f"head/{variable.path}" for variable in self.head.weights}
        self.variables |= {self._head_paths[id(variable)]: variable for variable in self.head.weights}
        self.parts = Parts(
            head=frozenset(self._head_paths.values()),
            stages=_stages(backbone, head, self._pooled),
        )

    def path(self, variable: keras.Variable) -> str:
        """Return the path under which ``variables`` holds it."""
        return str(self._head_paths.get(id(variable), variable.path))

    def head_with_features(self) -> keras.Model:
        """Return the head from pooled features to what enters its last layer with weights, and to its outputs.

        Both are (batch, …). A head that is no graph of layers is taken for a single one.
        """
        import keras

        return keras.Model(self.head.inputs, [self._last_layer()[0], self.head.outputs[0]], name="head_with_features")

    def last_layer(self) -> frozenset[str]:
        """Return the paths of the head's variables from its last layer with weights on."""
        return self._last_layer()[1]

    def _last_layer(self) -> tuple[Any, frozenset[str]]:
        tensor, paths = self.head.outputs[0], self.parts.head
        while (history := getattr(tensor, "_keras_history", None)) is not None:
            entering = history.operation._inbound_nodes[history.node_index].input_tensors
            if len(entering) != 1:
                break
            tensor = entering[0]
            if own := getattr(history.operation, "weights", None):
                return tensor, frozenset(self.path(variable) for variable in own)
        return self.head.inputs[0], paths

    def layers(self) -> list[keras.Layer]:
        """Return all layers that hold variables of their own, those of nested models included."""
        found: list[keras.Layer] = []
        for model in (self.backbone.model, self.head):
            found += [layer for layer in model._flatten_layers(include_self=False) if _own_variables(layer)]
        return found

    def highest_cut(self, trained: frozenset[str]) -> int | None:
        """Return the position of the highest stage at or below which nothing of ``trained`` lies and that can be cut.

        Above the last stage any backbone can be cut: its output is a tensor, whatever is inside.
        """
        if not any(stage.variables & trained for stage in self.backbone.stages):
            return len(self.backbone.stages) - 1
        best = None
        for position, stage in enumerate(self.backbone.stages):
            if stage.variables & trained:
                break
            if stage.cut is not None:
                best = position
        return best

    def sever(self, position: int | None) -> Severed:
        """Take the network apart above the stage at this position; None: between normalization and backbone."""
        import keras

        model, preprocessing = self.backbone.model, self.backbone.preprocessing
        at_top = position == len(self.backbone.stages) - 1
        if position is None:
            boundary, above = None, keras.Model(list(model.inputs), self._pooled, name="above")
        elif at_top:
            boundary, above = [self._pooled], None
        else:
            boundary = list(self.backbone.stages[position].cut or ())
            above = _above(boundary, self._pooled)
        samples = keras.Input(preprocessing.shape, dtype=preprocessing.dtype, name="samples")
        ready = preprocessing.normalize(samples)
        if boundary is None:
            tensors = _by_input(model, ready)
        else:
            tensors = as_list(keras.Model(model.input, boundary, name="prefix")(ready))
        below = keras.Model(samples, tensors, name="below")
        return Severed(
            below=below,
            above=above,
            shapes=tuple(tuple(tensor.shape[1:]) for tensor in tensors),
            dtypes=tuple(tensor.dtype for tensor in tensors),
        )

    def whole(self, answer: keras.Layer) -> keras.Model:
        """Return samples (batch, …) to answers (batch, outputs): what is saved and served.

        ``answer`` goes from the head's outputs to answers: the criterion's ``answer_layer``.
        """
        import keras

        preprocessing = self.backbone.preprocessing
        samples = keras.Input(preprocessing.shape, dtype=preprocessing.dtype, name="samples")
        features = keras.Model(self.backbone.model.input, self._pooled, name="backbone")(
            preprocessing.normalize(samples)
        )
        return keras.Model(samples, answer(self.head(features)), name="tlzoo")


def _stages(backbone: Backbone, head: Head, pooled: Any) -> dict[str, frozenset[str]]:
    """Return the variables of each stage, without those of a pooler that the head passes by: nothing trains them."""
    stages = {stage.name: stage.variables for stage in backbone.stages}
    if getattr(backbone.features, "pooling", None) != "pooler" or head.pooling in {"declared", "pooler"}:
        return stages
    import keras

    used = frozenset(variable.path for variable in keras.Model(backbone.model.input, pooled).weights)
    return {name: paths & used for name, paths in stages.items()}


def _own_variables(layer: keras.Layer) -> list[Any]:
    return [*layer._trainable_variables, *layer._non_trainable_variables]


def _above(boundary: list[Any], outputs: Any) -> keras.Model:
    """Return the model from a cut's tensors to ``outputs``, and leave the whole model as it was.

    Keras rewrites the history of a cut tensor that is an input of the whole model itself (a padding mask); saving the
    whole model then fails. So the history is put back; the part above computes all the same.
    """
    import keras

    histories = [tensor._keras_history for tensor in boundary]
    nodes = [list(history.operation._inbound_nodes) for history in histories]
    above = keras.Model(boundary, outputs, name="above")
    for tensor, history, inbound in zip(boundary, histories, nodes, strict=True):
        tensor._keras_history = history
        history.operation._inbound_nodes = inbound
    return above


def _by_input(model: keras.Model, ready: Any) -> list[Any]:
    """Return model-ready tensors in the order of the model's inputs: by name where they have names, never by chance."""
    if not isinstance(ready, dict):
        return as_list(ready)
    named = model.input if isinstance(model.input, dict) else {each.name: each for each in model.inputs}
    name_of = {id(tensor): name for name, tensor in named.items()}
    return [ready[name_of[id(each)]] for each in model.inputs]


def as_list(tensors: Any) -> list[Any]:
    """Return what a model gave (one tensor, several, or by name) as a list."""
    if isinstance(tensors, dict):
        return list(tensors.values())
    return list(tensors) if isinstance(tensors, (list, tuple)) else [tensors]
