"""MelNet: a small convolutional network on log-mel spectrograms, and its loader."""

from __future__ import annotations

import zlib

import keras
from keras import layers

from acme_audio.preparation import PrepareWaveform
from acme_audio.spectrogram import MELS, log_mel
from tlzoo.backbones import Backbone, FeatureMap, Preprocessing, load_digest, stages_by_layers

CHANNELS = (16, 24, 48, 64)
STAGES = (("stem", "stem_relu"), ("block1", "block1_relu"), ("block2", "block2_relu"), ("block3", "block3_relu"))


def melnet(frames: int, seed: int = 0) -> keras.Model:
    """Return the network with random weights: (batch, frames, 40, 1) to a map (batch, ceil(frames / 16), 3, 64)."""
    inputs = keras.Input((frames, MELS, 1), name="spectrograms")
    x = inputs
    for (name, _), channels in zip(STAGES, CHANNELS, strict=True):
        initializer = keras.initializers.HeNormal(seed=zlib.crc32(f"{seed}/{name}".encode()))
        convolution = layers.Conv2D(
            channels, 3, 2, padding="same", use_bias=False, kernel_initializer=initializer, name=f"{name}_conv"
        )
        x = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(convolution(x))
        x = layers.ReLU(name=f"{name}_relu")(x)
    return keras.Model(inputs, x, name="melnet")


def load_melnet(entry, files, request) -> Backbone:
    """Return the network for waveforms of the entry's sample rate and length."""
    length = round(entry.input.sample_rate * entry.input.seconds)
    normalize = log_mel(length, entry.input.sample_rate)
    model = melnet(normalize.output_shape[1], request.seed)
    if request.weights == "pretrained":
        model.load_weights(files["weights"])
    return Backbone(
        model=model,
        preprocessing=Preprocessing(PrepareWaveform(length), normalize, (length,), "float32"),
        stages=stages_by_layers(model, STAGES),
        features=FeatureMap(*model.output_shape[1:]),
        digest=load_digest(entry, files, request),
    )
