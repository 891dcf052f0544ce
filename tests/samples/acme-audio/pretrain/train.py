"""Make the weights of ``acme-audio/melnet.tones``: MelNet is trained to classify twelve kinds of synthesized sounds.

    python pretrain/train.py acme_audio/weights/melnet.tones.weights.h5

Takes about a minute on one core. Prints what the registry has: the file's SHA-256 and the statistics of the sounds; and
the accuracy on sounds that it did not train on.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import keras
import numpy as np
from scipy.signal import butter, sosfilt

sys.path.insert(0, str(Path(__file__).parents[1]))
from acme_audio.network import melnet
from acme_audio.spectrogram import log_mel
from acme_audio.statistics import statistics

RATE = LENGTH = 16_000
EXAMPLES, HELD_OUT, EPOCHS, SEED = 6_000, 600, 6, 1
TIME = np.arange(LENGTH) / RATE


def pitch(draw: np.random.Generator) -> float:
    """Return a frequency from 80 to 1,600 Hz, evenly on the scale of octaves."""
    return 80 * 20 ** draw.random()


def partials(draw: np.random.Generator, amplitudes: np.ndarray, bend: np.ndarray | float = 1.0) -> np.ndarray:
    """Return a sum of multiples of one pitch below 7 kHz; ``bend`` multiplies the pitch over time."""
    base = pitch(draw)
    phase = 2 * np.pi * np.cumsum(base * bend * np.ones(LENGTH)) / RATE
    count = max(1, min(len(amplitudes), int(7_000 / (base * np.max(bend)))))
    return sum(amplitudes[n - 1] * np.sin(n * phase + 2 * np.pi * draw.random()) for n in range(1, count + 1))


def band(draw: np.random.Generator, low: float, high: float) -> np.ndarray:
    """Return noise between two frequencies."""
    return sosfilt(butter(4, [low, high], "bandpass", fs=RATE, output="sos"), draw.normal(size=LENGTH))


def clicks(draw: np.random.Generator) -> np.ndarray:
    """Return a train of clicks, 3 to 30 a second."""
    every, sound = int(RATE / draw.uniform(3, 30)), np.zeros(LENGTH)
    sound[int(draw.integers(every)) :: every] = 1
    return sosfilt(butter(2, 4_000, fs=RATE, output="sos"), sound)


HARMONIC = 1 / np.arange(1, 21)
ODD = np.where(np.arange(1, 21) % 2, HARMONIC, 0)
KINDS = {
    "sine": lambda draw: partials(draw, np.ones(1)),
    "sawtooth": lambda draw: partials(draw, HARMONIC),
    "square": lambda draw: partials(draw, ODD),
    "octaves": lambda draw: sum(partials(draw, np.ones(1)) for _ in range(3)),
    "vibrato": lambda draw: partials(draw, HARMONIC, 1 + 0.05 * np.sin(2 * np.pi * draw.uniform(4, 9) * TIME)),
    "tremolo": lambda draw: partials(draw, HARMONIC) * (1 + np.sin(2 * np.pi * draw.uniform(4, 12) * TIME)),
    "rising": lambda draw: partials(draw, HARMONIC, 2 ** (draw.uniform(0.5, 2) * TIME)),
    "falling": lambda draw: partials(draw, HARMONIC, 2 ** (-draw.uniform(0.5, 2) * TIME)),
    "plucked": lambda draw: partials(draw, HARMONIC) * np.exp(-draw.uniform(3, 12) * TIME),
    "rumble": lambda draw: band(draw, 60, draw.uniform(200, 900)),
    "hiss": lambda draw: band(draw, draw.uniform(1_500, 4_000), 7_500),
    "clicks": clicks,
}


def sounds(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return waveforms float32 (count, 16000), with some noise behind them, and the number of each one's kind."""
    draw = np.random.default_rng(seed)
    made, labels = np.empty((count, LENGTH), np.float32), np.arange(count) % len(KINDS)
    for row, label in enumerate(labels):
        sound = list(KINDS.values())[label](draw)
        sound = sound / np.sqrt(np.square(sound).mean()) + draw.normal(size=LENGTH) * 10 ** -draw.uniform(0.5, 3)
        made[row] = sound / np.abs(sound).max() * 10 ** -draw.uniform(0, 1.2)
    return made, labels


def main(path: Path) -> None:
    """Train, evaluate and write the weights."""
    keras.utils.set_random_seed(SEED)
    spectrograms = log_mel(LENGTH, RATE)
    (train, truth), (held_out, held_truth) = sounds(EXAMPLES, SEED), sounds(HELD_OUT, SEED + 1)
    sys.stdout.write(f"{statistics(train)}\n")
    train, held_out = (spectrograms.predict(each, batch_size=100, verbose=0) for each in (train, held_out))
    network = melnet(train.shape[1], SEED)
    pooled = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(network.output))
    classifier = keras.Model(network.input, keras.layers.Dense(len(KINDS))(pooled))
    rate = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * -(-EXAMPLES // 50))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    classifier.fit(train, truth, batch_size=50, epochs=EPOCHS, verbose=2)
    _, accuracy = classifier.evaluate(held_out, held_truth, verbose=0)
    network.save_weights(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    sys.stdout.write(f"accuracy {accuracy:.3f} on {HELD_OUT} others; sha256:{sha256}; {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
