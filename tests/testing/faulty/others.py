"""Sound backbones of other modalities: text to a sequence with its mask, observations to a vector."""

import keras
from keras import layers, ops

from tlzoo.backbones import Backbone, Preprocessing, Sequence, Vector, load_digest, stages_by_layers

WORDS = ["a", "small", "grey", "bird", "sang", "over", "the", "old", "harbour"]


def load_text(entry, files, request):
    length = entry.input.sequence_length
    tokens = keras.Input((length,), dtype="int64", name="tokens")
    uniform = keras.initializers.RandomUniform(seed=request.seed)
    x = layers.Embedding(len(WORDS) + 2, 6, embeddings_initializer=uniform, name="embedding")(tokens)
    kernel = keras.initializers.GlorotUniform(seed=request.seed + 1)
    x = layers.Dense(5, activation="tanh", kernel_initializer=kernel, name="dense")(x)
    model = keras.Model(tokens, [x, Nonzero(name="mask")(tokens)], name="text")
    vectorization = layers.TextVectorization(vocabulary=WORDS, output_sequence_length=length, name="tokenizer")
    return Backbone(
        model=model,
        preprocessing=Preprocessing(lambda text: text, vectorization, (), "string"),
        stages=stages_by_layers(model, [("embedding", "embedding"), ("dense", "dense")]),
        features=Sequence(length, 5),
        digest=load_digest(entry, files, request),
    )


def load_observations(entry, files, request):
    observations = keras.Input(entry.input.shape, name="observations")
    x = observations
    for name in ("first", "second"):
        kernel = keras.initializers.GlorotUniform(seed=request.seed + len(name))
        x = layers.Dense(7, activation="tanh", kernel_initializer=kernel, name=name)(x)
    model = keras.Model(observations, x, name="trunk")
    return Backbone(
        model=model,
        preprocessing=Preprocessing(lambda x: x, layers.Rescaling(0.5, name="scale"), entry.input.shape, "float32"),
        stages=stages_by_layers(model, [("first", "first"), ("second", "second")]),
        features=Vector(7),
        digest=load_digest(entry, files, request),
    )


@keras.saving.register_keras_serializable("faulty")
class Nonzero(layers.Layer):
    def call(self, tokens):
        return ops.not_equal(tokens, 0)
