"""Modules as their makers publish them, small: of every kind that people meet on TensorFlow Hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import tensorflow as tf

SIDE, SIZE = 8, 6
WORDS = ("good", "bad", "fine", "poor", "the", "film")


def kernel(shape: tuple[int, ...], name: str, seed: int) -> tf.Variable:
    deviation = (2.0 / shape[-2] / (9 if len(shape) == 4 else 1)) ** 0.5
    return tf.Variable(tf.random.stateless_normal(shape, (seed, 7)) * deviation, name=name)


def half_squared(weights: tf.Variable) -> Any:
    return 0.01 * tf.nn.l2_loss(weights)


def save(folder: Path, call: Any, variables: list[Any], trained: list[Any], losses: Any = (), **more: Any) -> Path:
    """Save a reusable SavedModel: a root with the attributes that Hub's interface names."""
    root = tf.train.Checkpoint(**more)
    root.__call__ = call
    root.variables, root.trainable_variables, root.regularization_losses = variables, trained, list(losses)
    tf.saved_model.save(root, str(folder))
    return folder


def network(folder: Path, *, dropout: float = 0.0, side: int | None = None) -> Path:
    """Images (batch, h, w, 3) in 0..1 to vectors (batch, 6): two convolutions with BatchNorm, and a dense layer.

    With losses for both kernels, ``training`` and ``batch_norm_momentum``; as Hub's image modules are.
    """
    blocks = []
    for number, (taken, given) in enumerate([(3, 4), (4, SIZE)], start=1):
        scope = f"net/block{number}"
        ones = [tf.Variable(tf.ones(given), name=f"{scope}/{name}") for name in ("gamma", "moving_variance")]
        zeros = [tf.Variable(tf.zeros(given), name=f"{scope}/{name}") for name in ("beta", "moving_mean")]
        blocks.append((kernel((3, 3, taken, given), f"{scope}/kernel", number), ones[0], zeros[0], zeros[1], ones[1]))
    dense = kernel((SIZE, SIZE), "net/dense/kernel", 3)

    def call(images: Any, training: Any, batch_norm_momentum: float) -> Any:
        x = images * 2.0 - 1.0
        for weights, gamma, beta, mean, variance in blocks:
            x = tf.nn.conv2d(x, weights, 1, "SAME")
            now = (mean, variance)
            if training:
                now = tf.nn.moments(x, [0, 1, 2])
                for moving, batch in zip((mean, variance), now, strict=True):
                    moving.assign(batch_norm_momentum * moving + (1 - batch_norm_momentum) * batch)
            x = tf.nn.relu(tf.nn.batch_normalization(x, *now, beta, gamma, 1e-3))
        x = tf.reduce_mean(x, [1, 2])
        return tf.nn.tanh(tf.nn.dropout(x, dropout) @ dense if training and dropout else x @ dense)

    function = tf.function(
        lambda images, training=False, batch_norm_momentum=0.9: call(images, training, batch_norm_momentum),
        autograph=False,
    )
    for training in (True, False):
        for momentum in (0.9, 0.5):
            shape = tf.TensorSpec((None, side, side, 3), tf.float32)
            function.get_concrete_function(shape, training=training, batch_norm_momentum=momentum)
    variables = [each for block in blocks for each in block]
    trained = [each for block in blocks for each in block[:3]]
    losses = [tf.function(partial(half_squared, each[0]), input_signature=[], autograph=False) for each in blocks]
    return save(folder, function, [*variables, dense], [*trained, dense], losses)


def two_inputs(folder: Path) -> Path:
    """A dict of ids and mask to a dict of outputs, one of them a list; an endpoint beside its call."""
    table = kernel((10, 4), "encoder/embeddings", 1)

    def encode(ids: Any, mask: Any) -> Any:
        x = tf.nn.embedding_lookup(table, ids) * tf.cast(mask, tf.float32)[:, :, tf.newaxis]
        return {"pooled": tf.reduce_mean(x, 1), "sequence": x, "layers": [x, 2.0 * x]}

    row = tf.TensorSpec((None, None), tf.int32)
    call = tf.function(
        lambda inputs, training=False: encode(inputs["ids"], inputs["mask"]),  # noqa: ARG005 - as Hub's encoders
        autograph=False,
    )
    for training in (True, False):
        call.get_concrete_function({"ids": row, "mask": row}, training=training)
    counts = tf.function(
        lambda inputs: tf.reduce_sum(inputs["mask"], 1), input_signature=[{"ids": row, "mask": row}], autograph=False
    )
    return save(folder, call, [table], [table], counts=counts)


def sentences(folder: Path) -> Path:
    """Sentences (batch,) to vectors (batch, 4): words looked up in a vocabulary that is an asset, as in NNLM."""
    words = folder.with_name(f"{folder.name}-words.txt")
    words.write_text("\n".join(WORDS) + "\n")
    initializer = tf.lookup.TextFileInitializer(
        str(words), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
    )
    lookup = tf.lookup.StaticVocabularyTable(initializer, 1)
    embeddings = kernel((len(WORDS) + 1, 4), "embeddings", 5)

    def call(texts: Any) -> Any:
        split = tf.strings.split(tf.strings.lower(texts))
        ids = tf.ragged.map_flat_values(lookup.lookup, split)
        return tf.reduce_sum(tf.ragged.map_flat_values(lambda each: tf.gather(embeddings, each), ids), 1)

    function = tf.function(call, input_signature=[tf.TensorSpec((None,), tf.string)], autograph=False)
    return save(folder, function, [embeddings], [embeddings], table=lookup)


def tokens(folder: Path) -> Path:
    """Sentences (batch,) to ids and mask (batch, 5): what ``two_inputs`` takes, as BERT's preprocessor gives it."""
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(list(WORDS), tf.range(1, len(WORDS) + 1)), default_value=9
    )

    def call(texts: Any) -> Any:
        ids = tf.ragged.map_flat_values(table.lookup, tf.strings.split(texts)).to_tensor(0, shape=(None, 5))
        return {"ids": ids, "mask": tf.cast(ids > 0, tf.int32)}

    function = tf.function(call, input_signature=[tf.TensorSpec((None,), tf.string)], autograph=False)
    return save(folder, function, [], [], table=table)


def feature_map(folder: Path) -> Path:
    """Images (batch, h, w, 3) to maps (batch, h / 2, w / 2, 4)."""
    weights = kernel((3, 3, 3, 4), "conv/kernel", 1)
    spec = tf.TensorSpec((None, None, None, 3), tf.float32)
    function = tf.function(lambda x: tf.nn.conv2d(x, weights, 2, "SAME"), input_signature=[spec], autograph=False)
    return save(folder, function, [weights], [weights])


def dropping(folder: Path) -> Path:
    """``network`` at 8 pixels, with dropout."""
    return network(folder, dropout=0.5, side=SIDE)


def small(folder: Path) -> Path:
    """``network`` at 8 pixels and no others."""
    return network(folder, side=SIDE)


def plain_module(folder: Path) -> Path:
    """A ``tf.Module`` saved as it is: which of its variables train is written at the variables alone."""
    module = tf.Module()
    module.layers = [kernel((4, 4), "w", 1), kernel((4, 3), "w", 2)]
    module.steps = tf.Variable(0.0, trainable=False, name="steps")

    def call(x: Any) -> Any:
        module.steps.assign_add(1.0)
        return x @ module.layers[0] @ module.layers[1]

    module.__call__ = tf.function(call, input_signature=[tf.TensorSpec((None, 4), tf.float32)], autograph=False)
    tf.saved_model.save(module, str(folder))
    return folder


def keras_export(folder: Path) -> Path:
    """What ``model.export`` of Keras 3 writes."""
    import keras

    layers = [keras.Input((SIDE, SIDE, 3)), keras.layers.Conv2D(4, 3), keras.layers.GlobalAveragePooling2D()]
    keras.Sequential(layers).export(folder, verbose=False)
    return folder


def signatures(folder: Path) -> Path:
    """A module that has signatures and nothing to call."""
    module = tf.Module()
    module.kernel = kernel((4, 2), "kernel", 1)
    spec = tf.TensorSpec((None, 4), tf.float32, "x")
    one = tf.function(lambda x: {"logits": x @ module.kernel}, input_signature=[spec], autograph=False)
    both = tf.function(lambda x: {"logits": x @ module.kernel, "x": x}, input_signature=[spec], autograph=False)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": one, "both": both})
    return folder


def old_format(folder: Path) -> Path:
    """A folder in the format of TF1 Hub: what tells it is a file of this name."""
    plain_module(folder)
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")
    return folder


MODULES: Mapping[str, Callable[[Path], Path]] = {
    each.__name__: each
    for each in (
        network, small, dropping, feature_map, two_inputs, tokens, sentences, plain_module, keras_export, signatures,
        old_format,
    )
}  # fmt: skip
