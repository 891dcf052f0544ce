"""Fine-tune one module twice: with ``hub.KerasLayer`` under tf_keras, and with ``HubLayer`` under Keras 3.

Run as ``python parity.py FOLDER EPOCHS``; prints, for each optimizer, the losses of every epoch, the largest
differences of predictions and of the module's variables, and how far the one that moved least moved.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow_hub as hub
import tf_keras

from tlzoo.backbones import HubLayer

folder, epochs = sys.argv[1], int(sys.argv[2])
draw = np.random.default_rng(0)
images = draw.random((48, 8, 8, 3)).astype("float32")
labels = (images.mean((1, 2)).argmax(1)).astype("int64")
first = draw.normal(0, 0.5, (6, 3)).astype("float32")
RATES = {"SGD": {"learning_rate": 0.05, "momentum": 0.9}, "Adam": {"learning_rate": 0.003}}


def trained(library, layer, optimizer):
    """Return losses by epoch, predictions, and the module's variables."""
    model = library.Sequential([library.Input((8, 8, 3)), layer, library.layers.Dense(3)])
    model.layers[-1].kernel.assign(first)
    loss = library.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(getattr(library.optimizers, optimizer)(**RATES[optimizer]), loss)
    history = model.fit(images, labels, batch_size=16, epochs=epochs, shuffle=False, verbose=0).history["loss"]
    return history, model.predict(images, verbose=0), [np.asarray(each) for each in layer.get_weights()]


def largest(some, others):
    """Return the largest difference of each pair of arrays."""
    return [float(np.abs(one - other).max()) for one, other in zip(some, others, strict=True)]


untrained = HubLayer(folder).get_weights()
found = {}
for optimizer in RATES:
    theirs = trained(tf_keras, hub.KerasLayer(folder, trainable=True), optimizer)
    ours = trained(keras, HubLayer(folder, trainable=True), optimizer)
    found[optimizer] = {
        "theirs": theirs[0],
        "ours": ours[0],
        "predictions": max(largest([ours[1]], [theirs[1]])),
        "variables": max(largest(ours[2], theirs[2])),
        "moved": min(largest(ours[2], untrained)),
    }
sys.stdout.write(json.dumps(found))
