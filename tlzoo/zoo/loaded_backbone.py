"""A loaded backbone for your own models: features of raw inputs, a Keras layer and a summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np

from tlzoo.backbones import Backbone, LoadRequest, Pooling
from tlzoo.errors import UsageError
from tlzoo.plugins.plugin_errors import naming_plugins
from tlzoo.progress import Progress

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.backbones.keras_layer import BackboneLayer, Trainable
    from tlzoo.registry import Entry

__all__ = ["LoadedBackbone", "load"]

_BATCH_SIZE = 32


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LoadedBackbone(Backbone):
    """A backbone with its entry, as returned by ``tlzoo.load_backbone``.

    >>> backbone = tlzoo.load_backbone("glyphnet")  # doctest: +SKIP
    >>> features = backbone(images)  # (N, size), of images of any size  # doctest: +SKIP
    >>> model = keras.Sequential([backbone.layer(), keras.layers.Dense(10)])  # doctest: +SKIP
    """

    entry: Entry = field(kw_only=True)
    request: LoadRequest = field(kw_only=True)
    _functions: dict[str, Callable[[Any], tf.Tensor]] = field(default_factory=dict, init=False)

    @naming_plugins
    def __call__(self, inputs: Any, *, pooling: Pooling = "declared") -> tf.Tensor:
        """Return pooled features (N, size) of raw inputs, in inference mode.

        Inputs are as for ``predict``. In a function traced by TensorFlow they are tensors (N, …).
        """
        import keras
        import tensorflow as tf

        if isinstance(inputs, keras.KerasTensor):
            raise UsageError("a backbone cannot be called on a symbolic tensor", "use backbone.layer()(inputs)")
        if isinstance(inputs, tf.Tensor) and not hasattr(inputs, "numpy"):
            from tlzoo.backbones.keras_layer import prepared_batch
            from tlzoo.modalities import require_modality

            samples = prepared_batch(require_modality(self.entry.modality), self.preprocessing, inputs)
            return self._function(pooling)(samples)
        return tf.concat([*self._features(inputs, pooling, _BATCH_SIZE, None)], axis=0)

    @naming_plugins
    def predict(
        self,
        inputs: Any,
        *,
        pooling: Pooling = "declared",
        batch_size: int = _BATCH_SIZE,
        progress: Progress | None = None,
    ) -> np.ndarray:
        """Return pooled features, float32 (N, size), of raw inputs, in inference mode.

        Args:
            inputs: Arrays (N, height, width, 1 or 3) or one image, with values 0 to 255; paths, folders, bytes, PIL
                images, or a list of them, of any sizes. Texts are a list of strings or of pairs. Also a
                ``tf.data.Dataset`` of inputs, or a data source such as ``"images:photos/"``.
            pooling: Pooling of the network's output to a vector; ``"declared"`` is that of the entry.
            batch_size: Maximum number of inputs per batch; reduced to fit the memory limit.
            progress: Receives progress of reading a data source.

        Raises UsageError and DataError for inputs that the backbone does not accept, with the reason.
        """
        batches = [np.asarray(each, np.float32) for each in self._features(inputs, pooling, batch_size, progress)]
        return np.concatenate(batches)

    def layer(
        self,
        *,
        pooling: Pooling = "declared",
        trainable: Trainable = False,
        statistics: Literal["frozen", "trained"] = "frozen",
        **options: Any,
    ) -> BackboneLayer:
        """Return a Keras layer from raw inputs to pooled features, with a copy of the weights.

        Args:
            pooling: Pooling, as for ``predict``.
            trainable: False, True, or a selection of ``tlzoo.strategies``, such as ``top(2)`` or ``stages("block4")``.
            statistics: ``"frozen"`` keeps BatchNorm in inference mode also in trainable stages.
            options: Options of the Keras layer, such as ``name``.
        """
        from tlzoo.backbones.keras_layer import layer_of, pooled

        return layer_of(self, self.entry, self.request, pooled(self, pooling), trainable, statistics, **options)

    def summary(self, print_fn: Callable[[str], Any] | None = None) -> None:
        """Print the entry, its input and features, and each stage with its variables and parameters."""
        (print_fn or print)(self._summary())

    def __repr__(self) -> str:
        """Return the first line of the summary."""
        return f"<{self._summary().partition(chr(10))[0]}>"

    def _summary(self) -> str:
        sizes = {variable.path: int(np.prod(variable.shape)) for variable in self.model.weights}
        rows = [
            (stage.name, len(stage.variables), sum(sizes[path] for path in stage.variables)) for stage in self.stages
        ]
        width = max(len("stage"), *(len(name) for name, _, _ in rows))
        shape = "x".join(map(str, self.preprocessing.shape)) or "1"
        lines = [
            f"{self.entry.id}: {self.entry.modality}, {self.features}",
            f"samples {self.preprocessing.dtype} {shape}, {sum(sizes.values()):,} parameters",
            f"{'stage':<{width}}  variables    parameters",
            *(f"{name:<{width}}  {count:>9}  {parameters:>12,}" for name, count, parameters in rows),
        ]
        return "\n".join(lines)

    def _features(self, inputs: Any, pooling: Pooling, batch_size: int, progress: Progress | None) -> Sequence[Any]:
        from tlzoo.process.forks import refuse_fork
        from tlzoo.training.costs.peak_memory import inference_batch
        from tlzoo.zoo.raw_batches import sample_batches

        if batch_size < 1:
            raise UsageError(f"batch_size must be at least 1; got {batch_size}", "use 1 or more")
        refuse_fork()
        function = self._function(pooling)
        size = min(batch_size, inference_batch(self, "graph", batch_size))
        return [function(each) for each in sample_batches(self, self.entry, inputs, size, progress)]

    def _function(self, pooling: Pooling) -> Callable[[Any], tf.Tensor]:
        """Return the function from samples to features, traced once per pooling."""
        import tensorflow as tf

        from tlzoo.backbones.keras_layer import feature_model, pooled

        if pooling not in self._functions:
            network: keras.Model = feature_model(self, pooled(self, pooling))
            samples = self.preprocessing
            self._functions[pooling] = tf.function(
                lambda batch: network(batch, training=False),
                input_signature=[tf.TensorSpec((None, *samples.shape), samples.dtype)],
                autograph=False,
            )
        return self._functions[pooling]


def load(entry: Entry, request: LoadRequest) -> LoadedBackbone:
    """Load a backbone; raises the errors of ``tlzoo.backbones.load_backbone``."""
    from tlzoo.backbones import load_backbone

    loaded = load_backbone(entry, request)
    values = {each.name: getattr(loaded, each.name) for each in fields(Backbone)}
    return LoadedBackbone(**values, entry=entry, request=request)
