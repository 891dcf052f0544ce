"""Networks on stacks of frames: the backbone takes each frame, the head takes the concatenated features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tlzoo.backbones import Backbone, Preprocessing, pooled_size, precision
from tlzoo.errors import UsageError
from tlzoo.training import Network
from tlzoo_rl.networks.loading import as_it_is

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.heads import Head

__all__ = ["network_on_frames", "prepare_batch", "stack_preprocessing", "whole_network"]


def network_on_frames(backbone: Backbone, head: Head, task: Any, seed: int, frames: int) -> Network:
    """Return a network whose head takes the features of so many frames, (batch, frames x size).

    Raises UsageError for heads with separate features for the value.
    """
    if frames == 1:
        return Network(backbone, head, task, seed)
    if getattr(head, "value_trunk", "shared") == "own":
        raise UsageError("a separate value trunk does not take stacks of frames", "use -H value_trunk=shared")
    with precision(backbone.model.dtype_policy.name):
        built = head.build(frames * pooled_size(backbone.features, head.pooling), task, seed)
    return Network(backbone, head, task, seed, built=built)


def whole_network(network: Network, frames: int, answer: keras.Layer) -> keras.Model:
    """Return the model from samples (batch, [frames,] …) to predictions, for exporters; see ``Network.whole``."""
    if frames == 1:
        return network.whole(answer)
    import keras

    preprocessing = network.backbone.preprocessing
    (features,) = network.inputs.tensors
    samples = keras.Input((frames, *preprocessing.shape), dtype=preprocessing.dtype, name="samples")
    each = keras.ops.reshape(samples, (-1, *preprocessing.shape))
    computed = keras.Model(network.backbone.model.input, features, name="backbone")(preprocessing.normalize(each))
    joined = keras.ops.reshape(computed, (-1, frames * features.shape[-1]))
    return keras.Model(samples, answer(network.head(joined)), name="tlzoo")


def stack_preprocessing(preprocessing: Preprocessing, frames: int) -> Preprocessing:
    """Return the preprocessing of a stack of frames (frames, …), each like one raw input."""
    if frames == 1:
        return preprocessing
    return replace(preprocessing, prepare=_PrepareStack(preprocessing), shape=(frames, *preprocessing.shape))


def prepare_batch(preprocessing: Preprocessing, raw: tf.Tensor) -> tf.Tensor:
    """Return samples (N, …) for raw inputs (N, …) of one shape; traceable."""
    import tensorflow as tf

    from tlzoo.backbones import PrepareImage

    prepare = preprocessing.prepare
    if prepare is as_it_is or isinstance(prepare, PrepareImage):  # these take batches
        return prepare(raw)
    specification = tf.TensorSpec(preprocessing.shape, preprocessing.dtype)
    return tf.map_fn(prepare, raw, fn_output_signature=specification)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _PrepareStack:
    preprocessing: Preprocessing

    def __call__(self, stack: tf.Tensor) -> tf.Tensor:
        return prepare_batch(self.preprocessing, stack)
