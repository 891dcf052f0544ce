"""Training for the model alone, compared with ``fit`` of a Keras model of one's own."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

import tlzoo
from tlzoo.data import digits, split
from tlzoo.heads import Linear
from tlzoo.runs import fit_recipe, read_recipe
from tlzoo.training.seeds import generator

ENTRY, EPOCHS, BATCH, RATE, DECAY, SEED = "glyphnet", 3, 10, 1e-2, 0.05, 3


class Cosine(keras.optimizers.schedules.CosineDecay):
    def __call__(self, step):
        return super().__call__(keras.ops.cast(step, "float32") + 0.5)


@pytest.mark.slow  # two training steps are traced
def test_the_same_draws_give_the_weights_that_fit_of_keras_gives() -> None:
    data = split(digits("", {}), seed=SEED, per_class=6)
    options = {"solver": "gradient", "rate": RATE, "weight_decay": DECAY}
    fields = {"data": "digits:", "backbone": ENTRY, "epochs": EPOCHS, "batch_size": BATCH, "seed": SEED}
    fitted = fit_recipe(
        read_recipe(None, fields | {"strategy": {"name": "feature-extraction", "options": options}}), data
    )

    images = np.stack([each.numpy() for each in data.examples.stream(data.train)])
    layer = tlzoo.load_backbone(ENTRY).layer()
    model = keras.Sequential(
        [layer, keras.layers.BatchNormalization(scale=False, center=False, momentum=0.9), keras.layers.Dense(10)]
    )
    optimizer = keras.optimizers.AdamW(Cosine(RATE, EPOCHS * math.ceil(len(images) / BATCH)), weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model(images[:1])
    head = Linear().build(layer(images[:1]).shape[-1], data.task, SEED)
    model.layers[-1].set_weights(head.get_layer("logits").get_weights())
    losses = []
    for epoch in range(EPOCHS):
        order = generator(SEED, 1, epoch, "order").permutation(np.arange(len(images)))
        history = model.fit(images[order], data.labels[data.train][order], batch_size=BATCH, shuffle=False, verbose=0)
        losses += history.history["loss"]

    np.testing.assert_allclose(fitted.history["loss"], losses, rtol=1e-3)
    learned = {each.path.rpartition("logits/")[2]: each.numpy() for each in fitted.model.network.weights}
    np.testing.assert_allclose(learned["kernel"], model.layers[-1].kernel.numpy(), atol=1e-3)
    np.testing.assert_allclose(learned["bias"], model.layers[-1].bias.numpy(), atol=1e-3)
