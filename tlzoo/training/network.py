"""The network of backbone, pooling and head, which can be cut at any stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tlzoo.backbones import Backbone, precision
from tlzoo.strategies import Parts
from tlzoo.training.head_inputs import HeadInputs, head_inputs, stage_features

if TYPE_CHECKING:
    import keras
    from keras import KerasTensor

    from tlzoo.heads import Head, Takes
    from tlzoo.tasks import Task

__all__ = ["Network", "Severed", "as_list"]


@dataclass(frozen=True, slots=True)
class Severed:
    """A network divided at a boundary.

    ``below`` maps a batch of samples to the boundary's tensors (a list), ``above`` maps those to the inputs of the
    head: one tensor, or a list of several. It is None if the boundary is at the head's inputs. ``shapes`` and
    ``dtypes`` are the boundary's, without the batch axis; a size that varies between batches is None.
    """

    below: keras.Model
    above: keras.Model | None
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[str, ...]


@dataclass(slots=True)
class Trunk:
    """The part of a network below its head, and its divisions so far, which runs on one backbone share."""

    inputs: HeadInputs
    severed: dict[tuple[int | None, tuple[str, ...]], Severed] = field(default_factory=dict)


def trunk_of(backbone: Backbone, head: Head) -> Trunk:
    """Return the part of a network below its head; the same one for the same backbone and an equal head."""
    known = _trunks.setdefault(backbone.model, [])
    for other, trunk in known:
        if other == head:
            return trunk
    made = Trunk(head_inputs(backbone, head))
    known.append((head, made))
    return made


_trunks: WeakKeyDictionary[keras.Model, list[tuple[Head, Trunk]]] = WeakKeyDictionary()


class Network:
    """A backbone with a new head.

    ``inputs`` are the head's inputs, such as pooled features. ``variables`` has every variable by path; the
    head's paths begin with ``head/``, to differ from the backbone's. ``built`` is the head of another
    network, to share it.
    """

    def __init__(
        self, backbone: Backbone, head: Head, task: Task, seed: int, *, built: keras.Model | None = None
    ) -> None:
        self.backbone = backbone
        self.task = task
        self.takes: Takes = head.takes
        self._trunk = trunk_of(backbone, head)
        self.inputs: HeadInputs = self._trunk.inputs
        with precision(backbone.model.dtype_policy.name):
            self.head = built or head.build(self.inputs.shape, task, seed)
        self.variables: dict[str, keras.Variable] = {variable.path: variable for variable in backbone.model.weights}
        self._head_paths = {id(variable): f"head/{variable.path}" for variable in self.head.weights}
        self.variables |= {self._head_paths[id(variable)]: variable for variable in self.head.weights}
        self.parts = Parts(
            head=frozenset(self._head_paths.values()),
            stages=_stages(backbone, head, self.inputs),
        )

    def path(self, variable: keras.Variable) -> str:
        """Return its path in ``variables``."""
        return str(self._head_paths.get(id(variable), variable.path))

    def head_with_features(self) -> keras.Model:
        """Return the head from its inputs to the inputs of its last layer with weights, and to its outputs.

        Both are (batch, …). A head that is not a graph of layers counts as a single layer.
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
        """Return all layers with their own variables, including those of nested models."""
        found: list[keras.Layer] = []
        for model in (self.backbone.model, self.head):
            found += [layer for layer in model._flatten_layers(include_self=False) if _own_variables(layer)]
        return found

    def highest_cut(self, trained: frozenset[str]) -> int | None:
        """Return the position of the highest stage that can be cut with nothing of ``trained`` at or below it.

        Any backbone can be cut above the last stage, because its output is a tensor.
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

    def boundary(self, position: int, observed: Sequence[str] = ()) -> list[KerasTensor]:
        """Return the tensors that cross a cut above the stage at this position.

        Above the last stage they are the head's inputs. Above a lower one they are the stage's cut, and the levels
        of a pyramid at or below it. Features of ``observed`` stages at or below it are added.
        """
        at_top = position == len(self.backbone.stages) - 1
        crossing = list(self.inputs.tensors if at_top else self.backbone.stages[position].cut or ())
        names = [stage.name for stage in self.backbone.stages]
        levels = [
            *zip(self.inputs.stages, self.inputs.tensors, strict=False),
            *((names.index(name), stage_features(self.backbone, name)) for name in observed),
        ]
        for stage, level in levels:
            if stage <= position and all(level is not each for each in crossing):
                crossing.append(level)
        return crossing

    def sever(self, position: int | None, observed: Sequence[str] = ()) -> Severed:
        """Divide the network above the stage at this position. None: between normalization and backbone.

        With ``observed`` stages, ``above`` returns their features too, after the head's inputs.
        """
        key = (position, tuple(observed))
        if key not in self._trunk.severed:
            self._trunk.severed[key] = self._sever(position, observed)
        return self._trunk.severed[key]

    def _sever(self, position: int | None, observed: Sequence[str]) -> Severed:
        import keras

        model, preprocessing = self.backbone.model, self.backbone.preprocessing
        outputs = [*self.inputs.tensors, *(stage_features(self.backbone, name) for name in observed)]
        at_top = position == len(self.backbone.stages) - 1
        boundary = None if position is None else self.boundary(position, observed)
        if boundary is None or position is None:
            above = keras.Model(list(model.inputs), _one_or_list(outputs), name="above")
        elif at_top and not observed:
            above = None
        elif observed or self.takes == "pyramid":
            cut = [] if at_top else list(self.backbone.stages[position].cut or ())
            above = _above_levels(cut, boundary, outputs)
        else:
            above = _above(boundary, _one_or_list(outputs))
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

    def whole(self, *answer: keras.Layer) -> keras.Model:
        """Return the model from samples (batch, …) to predictions (batch, outputs), for saving and serving.

        The layers of ``answer`` map the head's outputs to predictions: those of a decision, and the criterion's
        ``answer_layer``.
        """
        import keras

        preprocessing = self.backbone.preprocessing
        samples = keras.Input(preprocessing.shape, dtype=preprocessing.dtype, name="samples")
        features = keras.Model(self.backbone.model.input, _one_or_list(self.inputs.tensors), name="backbone")(
            preprocessing.normalize(samples)
        )
        outputs = self.head(features)
        for layer in answer:
            outputs = layer(outputs)
        return keras.Model(samples, outputs, name="tlzoo")


def _stages(backbone: Backbone, head: Head, inputs: HeadInputs) -> dict[str, frozenset[str]]:
    """Return the variables of each stage, without unused ones, such as a pooler's.

    Unused variables are never trained.
    """
    stages = {stage.name: stage.variables for stage in backbone.stages}
    pooler = getattr(backbone.features, "pooling", None) == "pooler"
    if head.takes == "vector" and (not pooler or head.pooling in {"declared", "pooler"}):
        return stages
    import keras

    used = frozenset(variable.path for variable in keras.Model(backbone.model.input, list(inputs.tensors)).weights)
    return {name: paths & used for name, paths in stages.items()}


def _one_or_list(tensors: Sequence[Any]) -> Any:
    """Return a single tensor alone, several as a list, as Keras models do."""
    return tensors[0] if len(tensors) == 1 else list(tensors)


def _own_variables(layer: keras.Layer) -> list[Any]:
    return [*layer._trainable_variables, *layer._non_trainable_variables]


def _above(boundary: list[Any], outputs: Any) -> keras.Model:
    """Return the model from a cut's tensors to ``outputs``, without changes to the whole model.

    Keras rewrites the history of a cut tensor that is also an input of the whole model (a padding mask); saving the
    whole model then fails. Therefore the history is restored; the part above still works.
    """
    import keras

    histories = [tensor._keras_history for tensor in boundary]
    nodes = [list(history.operation._inbound_nodes) for history in histories]
    above = keras.Model(boundary, outputs, name="above")
    for tensor, history, inbound in zip(boundary, histories, nodes, strict=True):
        tensor._keras_history = history
        history.operation._inbound_nodes = inbound
    return above


def _above_levels(cut: list[Any], boundary: list[Any], levels: Sequence[Any]) -> keras.Model:
    """Return the model from a boundary's tensors to features of several stages: those in the boundary pass through.

    Keras cannot make a model between a tensor and another that is computed from it, so the levels above the cut
    are made from the cut only. It cannot return a tensor twice either: a level of the head that is
    also observed is computed once.
    """
    import keras

    inputs = [keras.Input(tensor.shape[1:], dtype=tensor.dtype) for tensor in boundary]
    passed = {id(tensor): each for tensor, each in zip(boundary, inputs, strict=True)}
    computed = list({id(level): level for level in levels if id(level) not in passed}.values())
    if computed:
        reached = as_list(_above(cut, computed)(_one_or_list(inputs[: len(cut)])))
        passed |= {id(level): each for level, each in zip(computed, reached, strict=True)}
    return keras.Model(inputs, _one_or_list([passed[id(level)] for level in levels]), name="above")


def _by_input(model: keras.Model, ready: Any) -> list[Any]:
    """Return model-ready tensors in the order of the model's inputs, by name if they have names."""
    if not isinstance(ready, dict):
        return as_list(ready)
    named = model.input if isinstance(model.input, dict) else {each.name: each for each in model.inputs}
    name_of = {id(tensor): name for name, tensor in named.items()}
    return [ready[name_of[id(each)]] for each in model.inputs]


def as_list(tensors: Any) -> list[Any]:
    """Return the outputs of a model (one tensor, several, or by name) as a list."""
    if isinstance(tensors, dict):
        return list(tensors.values())
    return list(tensors) if isinstance(tensors, (list, tuple)) else [tensors]
