"""Frozen epochs against the standard Keras way, engine by engine, side by side.

    python tests/benchmarks/frozen_epochs.py [--network ResNet50] [--images 2000] [--size 224] [--epochs 10]
        [--rounds 3] [--keras-epochs 2] [--engines tensorflow,openvino-bf16]

The standard way is the frozen backbone inside the model, `fit` and `image_dataset_from_directory`. Its epochs after the
first are alike: with `--keras-epochs 2` the faster of two stands for those that follow (`stream_ends.py` shows what
slows one now and then), and the total is marked as extrapolated. Random weights, a linear head, batches of 32, four
fifths to train on. The floor is one pass of decoding plus one forward pass, each measured by itself.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from photographs import make_photographs
from trials import Lines, make_setup, network, open_photographs, timed

from tlzoo.strategies import Epochs, Phase, head
from tlzoo.training import SupervisedTrainer
from tlzoo.training.frozen.engines import ENGINES
from tlzoo.training.frozen.feeds import prepared
from tlzoo.training.frozen.frozen_part import sample_signature
from tlzoo.training.network import Network


def main() -> None:
    """Print medians over the rounds, and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=("MobileNetV2", "ResNet50"), default="MobileNetV2")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpu", action="store_true", help="seconds of all threads instead: for a busy machine")
    parser.add_argument("--keras-epochs", type=int, default=None, help="default: as many as --epochs")
    parser.add_argument("--engines", default="tensorflow,openvino", help=f"of {', '.join(ENGINES)}")
    asked = parser.parse_args()
    asked.engines = asked.engines.split(",")
    timed.clock = staticmethod(time.process_time if asked.cpu else time.perf_counter)
    rows: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        photographs = make_photographs(folder / "photographs", asked.images)
        os.environ["TLZOO_CACHE"] = str(folder / "index")
        with timed() as opening:
            open_photographs(photographs)
        print(f"opening the folder, once: every file is checked: {opening.seconds:.1f} s", flush=True)
        for number in range(asked.rounds):
            for name, seconds in one_round(asked, photographs, folder / str(number)).items():
                rows.setdefault(name, []).append(seconds)
                print(f"round {number + 1}   {name:36} {seconds:8.2f} s", flush=True)
    report(asked, {name: statistics.median(values) for name, values in rows.items()})


def one_round(asked: argparse.Namespace, photographs: Path, folder: Path) -> dict[str, float]:
    """Return seconds by what was measured."""
    found = {"keras": keras_way(asked, photographs)}
    data = open_photographs(photographs)
    backbone = network(asked.network, asked.size)
    setup = make_setup(backbone, data, folder / "none")
    everything = np.arange(len(data.examples))
    with timed() as decoding:
        for _ in prepared(data.examples, backbone.preprocessing, everything, 32):
            pass
    found["decode"] = decoding.seconds
    below = Network(backbone, setup.head, data.task, 0).sever(len(backbone.stages) - 1).below
    batch = np.random.default_rng(0).uniform(0, 255, (32, *backbone.preprocessing.shape)).astype("float32")
    for name in asked.engines:
        os.environ["TLZOO_ENGINE"] = name
        os.environ["TLZOO_CACHE"] = str(folder / name)
        with timed() as converting:
            run = ENGINES[name].compile(below, sample_signature(setup))
            run(batch)
        found[f"convert, {name}"] = converting.seconds
        with timed() as forward:
            for _ in range(len(everything) // 32):
                run(batch)
        found[f"forward, {name}"] = forward.seconds
        found[f"tlzoo, {name}"] = tlzoo_way(asked, backbone, data, folder / name / "first")
        found[f"tlzoo again, {name}"] = tlzoo_way(asked, backbone, data, folder / name / "second")
    return found


def keras_way(asked: argparse.Namespace, photographs: Path) -> float:
    """Return seconds of building, compiling and fitting; epochs that were not run count as the fastest that was."""
    size = (asked.size, asked.size)
    with timed() as building:
        train, validation = keras.utils.image_dataset_from_directory(
            photographs, image_size=size, batch_size=32, validation_split=0.2, subset="both", seed=0, verbose=False
        )
        base = getattr(keras.applications, asked.network)(weights=None, include_top=False, input_shape=(*size, 3))
        base.trainable = False
        inputs = keras.Input((*size, 3))
        features = base(keras.layers.Rescaling(1 / 127.5, -1)(inputs), training=False)
        outputs = keras.layers.Dense(10, "softmax")(keras.layers.GlobalAveragePooling2D()(features))
        model = keras.Model(inputs, outputs)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    clock = EpochSeconds()
    epochs = asked.keras_epochs or asked.epochs
    model.fit(
        train.prefetch(tf.data.AUTOTUNE),
        validation_data=validation.prefetch(tf.data.AUTOTUNE),
        epochs=epochs,
        verbose=0,
        callbacks=[clock],
    )
    return building.seconds + sum(clock.seconds) + (asked.epochs - epochs) * min(clock.seconds)


class EpochSeconds(keras.callbacks.Callback):
    """Remembers how long each epoch took."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, *_: Any) -> None:
        self._timed = timed()
        self._timed.__enter__()

    def on_epoch_end(self, *_: Any) -> None:
        self._timed.__exit__()
        self.seconds.append(self._timed.seconds)


def tlzoo_way(asked: argparse.Namespace, backbone: Any, data: Any, folder: Path) -> float:
    """Return seconds of preparing, planning and running one phase that trains the head."""
    trainer = SupervisedTrainer()
    phase = Phase(name="head", train=head(), budget=Epochs(asked.epochs), rates=1e-3)
    with timed() as all_of_it:
        state = trainer.prepare(make_setup(backbone, data, folder))
        trainer.run(state, phase, 1, trainer.plan(state, phase), Lines())
    return all_of_it.seconds


def report(asked: argparse.Namespace, medians: dict[str, float]) -> None:
    """Print what the time goes to and the ratios that count."""
    extrapolated = asked.keras_epochs and asked.keras_epochs < asked.epochs
    print(
        f"\n{asked.network}, {asked.images} images, {asked.size} pixels, {asked.epochs} epochs, {asked.rounds} rounds"
    )
    print(f"keras                {medians['keras']:8.1f} s{' (extrapolated)' if extrapolated else ''}")
    for name in asked.engines:
        seconds, again = medians[f"tlzoo, {name}"], medians[f"tlzoo again, {name}"]
        decode, forward, convert = medians["decode"], medians[f"forward, {name}"], medians[f"convert, {name}"]
        print(f"tlzoo, {name:14}{seconds:8.1f} s   {medians['keras'] / seconds:5.1f} times as fast as keras")
        print(f"    decode {decode:.1f} s, forward {forward:.1f} s, convert {convert:.1f} s, head {again:.1f} s")
        print(f"    decode + forward {decode + forward:.1f} s: tlzoo takes {seconds / (decode + forward):.2f} of it;")
        overlapped = max(decode, forward) + convert + again
        print(f"    longer of both + convert + head {overlapped:.1f} s: tlzoo takes {seconds / overlapped:.2f} of it")
        print(f"    a second run, with no forward pass: {medians['keras'] / again:.0f} times as fast as keras")


if __name__ == "__main__":
    main()
