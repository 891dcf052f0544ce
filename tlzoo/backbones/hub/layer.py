"""A TF2 SavedModel as a Keras 3 layer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from fnmatch import fnmatchcase
from typing import Any, NoReturn, final

import keras

from tlzoo.errors import UsageError, did_you_mean

from .location import find_module, reloading
from .module import OpenModule, open_module

__all__ = ["HubLayer"]


@final
@keras.saving.register_keras_serializable("tlzoo")
class HubLayer(keras.layers.Layer):  # type: ignore[misc]
    """A SavedModel as a layer: frozen, trained, or partly trained.

    Inputs and outputs are those of the module: tensors, or dicts and lists of them, also strings. Variables are those
    of the module, with their saved names, so that ``fit``, optimizers, weight files and
    ``.keras`` work as for any layer. Its regularization losses apply in training. It computes in its saved types,
    independent of the dtype policy. ``training`` is passed to the module only if the layer trains
    completely, or has no moving statistics: a SavedModel has one switch for all BatchNorm, and frozen variables must
    not move.

    A saved layer has the handle and the hash of the module, not the module: loading it needs the same bytes.

    Args:
        handle: The URL of a hub (``https://tfhub.dev/…``) or an archive, a folder, or a source of a registry.
        trainable: Whether it trains; the attribute can be changed later, before ``compile``.
        unfreeze: Globs over the names of variables (``["*/block5/*"]``): only these train. None: all trainable ones.
        endpoint: A function of the module other than its call, such as ``"mlm"``.
        signature: A signature instead. Signatures cannot be trained.
        output_key: Key of the output to return; ``"encoder_outputs/3"`` for an element of a nested list.
        arguments: Extra keyword arguments for the module, such as ``{"batch_norm_momentum": 0.997}``.
        output_shape: Shape of one sample, if the module's graph does not declare it.
        hash: Required hash of the module: ``sha256:…`` of the archive, ``tree-sha256:…`` of the folder.
        trust_on_first_use: If True, a module without a known hash is accepted, and its hash is pinned in
            ``tlzoo.lock``.
        trust: If True, its program may use any operations; this is recorded in ``tlzoo.lock``.
        options: Options of ``keras.layers.Layer``, such as ``name``.

    Raises:
        EntryError: If the module cannot be downloaded or found.
        BytesRefusedError: If its hash is wrong, or its program is refused.
        UsageError: For an unknown name, a glob without matches, a module that cannot be trained, or the TF1 Hub format.
    """

    def __init__(
        self,
        handle: str,
        trainable: bool = False,  # noqa: FBT001, FBT002 - as of every Keras layer
        unfreeze: Sequence[str] | None = None,
        *,
        endpoint: str | None = None,
        signature: str | None = None,
        output_key: str | None = None,
        arguments: Mapping[str, Any] | None = None,
        output_shape: Sequence[int | None] | None = None,
        hash: str | None = None,  # noqa: A002 - what registries call it
        trust_on_first_use: bool | None = None,
        trust: bool = False,
        **options: Any,
    ) -> None:
        _check_dtype(options.pop("dtype", None))
        super().__init__(dtype="float32", **options)
        self.supports_jit = False  # strings and tables
        found = find_module(str(handle), hash, trust_on_first_use=trust_on_first_use, trust=trust)
        self.handle, self.hash = found.handle, found.hash
        self._choice = (endpoint, signature, output_key)
        self._arguments = tuple((arguments or {}).items())
        self._shape = None if output_shape is None else tuple(output_shape)
        self._module = open_module(found.folder, found.handle, endpoint, signature)
        self._root = self._module.root  # TensorFlow tracks its tables and assets by this attribute
        self._learned, self._kept = _alias(self.name, self._module)
        self._unfreeze: tuple[str, ...] | None = None
        self._inference: bool | None = None
        self.set_trainable(trainable, unfreeze)

    @property
    def trainable(self) -> bool:
        """Whether any variable trains. True trains the variables of ``unfreeze``; False none."""
        return bool(self._trainable)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.set_trainable(value)

    @property
    def variable_names(self) -> tuple[str, ...]:
        """Names of the trainable variables, for globs."""
        return tuple(self._module.learned)

    def set_trainable(self, trainable: bool, unfreeze: Sequence[str] | None = None) -> None:  # noqa: FBT001 - as above
        """Freeze it, or train the variables that match globs. None: the previous ones. Compile the model afterwards."""
        globs = self._unfreeze if unfreeze is None else tuple(unfreeze)
        chosen = _matching(globs, self._module.learned, self.handle)
        if trainable and self._module.kind in {"export", "signature"}:
            self._refuse_training()
        self._unfreeze, self._inference = globs, None
        self._trainable = bool(trainable)
        for name, variable in zip(self._module.learned, self._learned, strict=True):
            variable.trainable = self._trainable and name in chosen

    def train_only(self, paths: Collection[str], *, statistics: bool) -> None:
        """Train these paths for one phase; with ``statistics``, moving statistics may move if all variables train.

        The module is in inference mode unless its statistics may move and it has no random operations: random numbers
        in a SavedModel are not reproducible.
        """
        if paths and not self._learned:
            self._refuse_training()
        for variable in self._learned:
            variable.trainable = variable.path in paths
        self._trainable = any(variable.trainable for variable in self._learned)
        whole = all(variable.trainable for variable in self._learned)
        self._inference = bool((self._kept and not (whole and statistics)) or self._module.draws)

    @property
    def moves_statistics(self) -> bool:
        """Whether moving statistics move when it is called with ``training=True``."""
        return bool(self._kept) and self._may_train_mode()

    def call(self, inputs: Any, training: bool | None = None) -> Any:  # noqa: FBT001 - as of every Keras layer
        """Return the outputs of the module for ``inputs``."""
        arguments = dict(self._arguments)
        if self._module.takes_training:
            arguments["training"] = bool(training) and self._may_train_mode()
        outputs = self._selected(_called(self._module, inputs, arguments))
        if self._trainable:
            for loss in self._module.regularization_losses:
                self.add_loss(loss())
        return outputs

    def _refuse_training(self) -> NoReturn:
        through = {"export": "through a Keras export", "signature": "through a signature"}
        why = f"is called {through[self._module.kind]}" if self._module.kind in through else "has no variable to train"
        raise UsageError(
            f"{self.handle} {why} and cannot be trained",
            "use it frozen (`--strategy feature-extraction`), or train the original model",
        )

    def _may_train_mode(self) -> bool:
        if not self._trainable:
            return False
        if self._inference is not None:
            return not self._inference
        return not self._kept or all(variable.trainable for variable in self._learned)

    def _selected(self, outputs: Any) -> Any:
        key = self._choice[2]
        if key is not None:
            outputs = _at(outputs, key, self.handle)
        elif self._module.kind == "signature" and isinstance(outputs, dict) and len(outputs) == 1:
            (outputs,) = outputs.values()
        if self._shape is not None:
            import tensorflow as tf

            outputs = tf.ensure_shape(outputs, (outputs.shape[0] if outputs.shape.rank else None, *self._shape))
        return outputs

    def get_config(self) -> dict[str, Any]:
        """Return the configuration: the module by its handle and hash."""
        endpoint, signature, output_key = self._choice
        return {
            **super().get_config(),
            "handle": self.handle,
            "hash": self.hash,
            "unfreeze": None if self._unfreeze is None else list(self._unfreeze),
            "endpoint": endpoint,
            "signature": signature,
            "output_key": output_key,
            "arguments": dict(self._arguments),
            "output_shape": None if self._shape is None else list(self._shape),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> HubLayer:
        """Make the layer from its configuration. Only files known to the zoo or ``tlzoo.lock`` are downloaded."""
        with reloading():
            return cls(**config)


def _check_dtype(dtype: Any) -> None:
    if dtype is not None and keras.dtype_policies.get(dtype).compute_dtype != "float32":
        raise UsageError(f"dtype {dtype!r}: a module computes in its saved types", "leave it out")


def _alias(layer: str, module: OpenModule) -> tuple[list[keras.Variable], list[keras.Variable]]:
    """Return the module's variables as Keras variables: trainable ones, and others."""
    return (
        [_aliased(layer, name, each, learned=True) for name, each in module.learned.items()],
        [_aliased(layer, name, each, learned=False) for name, each in module.kept.items()],
    )


def _aliased(layer: str, name: str, variable: Any, *, learned: bool) -> keras.Variable:
    *scopes, leaf = name.split("/")
    with ExitStack() as stack:
        for scope in (layer, *scopes):
            stack.enter_context(keras.name_scope(scope))
        made = keras.Variable(variable, dtype=variable.dtype.name, trainable=learned, autocast=False, name=leaf)
    assert made.value is variable, "Keras copied the variable"
    return made


def _matching(globs: tuple[str, ...] | None, names: Collection[str], what: str) -> frozenset[str]:
    if globs is None:
        return frozenset(names)
    found: set[str] = set()
    for glob in globs:
        matched = {name for name in names if fnmatchcase(name, glob)}
        if not matched:
            raise UsageError(f"{what}: {glob!r} matches no trainable variable", did_you_mean(glob, names))
        found |= matched
    return frozenset(found)


def _called(module: OpenModule, inputs: Any, arguments: Mapping[str, Any]) -> Any:
    if module.kind != "signature":
        return module.function(inputs, **arguments)
    named = module.function.structured_input_signature[1]  # type: ignore[attr-defined]
    if not isinstance(inputs, Mapping):
        inputs = dict(zip(named, inputs if isinstance(inputs, list | tuple) else [inputs], strict=True))
    return module.function(**inputs, **arguments)


def _at(outputs: Any, key: str, what: str) -> Any:
    for part in key.split("/"):
        if isinstance(outputs, Mapping) and part in outputs:
            outputs = outputs[part]
        elif isinstance(outputs, list | tuple) and part.isdigit() and int(part) < len(outputs):
            outputs = outputs[int(part)]
        else:
            keys = list(outputs) if isinstance(outputs, Mapping) else []
            raise UsageError(f"{what} has no output {key!r}", did_you_mean(part, keys, valid="its outputs"))
    return outputs
