"""Fine-tuning the top stages with and without the cached prefix, and against the part above the cut alone.

Run it as `python tests/benchmarks/prefix.py [--network ResNet50] [--from-stage conv5] [--images 1000] [--size 224]
[--epochs 2] [--rounds 3]`. Keras's way is `fit` of the whole with the stages below frozen. `live` computes the prefix
every epoch with the frozen engine; `cached` reads it; the first cached phase computes it too. `above alone` is as many
steps on one batch that stays in memory: what no cache can go below. Validation is left out of all of them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from photographs import make_photographs
from trials import Lines, make_setup, network, open_photographs, timed

from tlzoo.strategies import Epochs, Phase, head, stages_from
from tlzoo.training import SupervisedTrainer
from tlzoo.training.phases.compiled_step import compiled_step
from tlzoo.training.phases.intents import set_intents
from tlzoo.training.phases.run import boundary_of

CUTS = {"MobileNetV2": "block12", "ResNet50": "conv5"}


def main() -> None:
    """Print medians over the rounds, and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=tuple(CUTS), default="MobileNetV2")
    parser.add_argument("--from-stage", default=None, help="the lowest stage that trains")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpu", action="store_true", help="seconds of all threads instead: for a busy machine")
    asked = parser.parse_args()
    asked.from_stage = asked.from_stage or CUTS[asked.network]
    timed.clock = staticmethod(time.process_time if asked.cpu else time.perf_counter)
    rows: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["TLZOO_CACHE"] = str(folder / "index")
        photographs = make_photographs(folder / "photographs", asked.images)
        for number in range(asked.rounds):
            for name, seconds in one_round(asked, photographs, folder / str(number)).items():
                rows.setdefault(name, []).append(seconds)
                print(f"round {number + 1}   {name:36} {seconds:8.2f} s", flush=True)
    medians = {name: statistics.median(values) for name, values in rows.items()}
    print(
        f"\n{asked.network} from {asked.from_stage}, {asked.images} images, {asked.size} pixels, {asked.epochs} epochs"
    )
    for name, seconds in medians.items():
        against_keras, against_floor = medians["keras"] / seconds, seconds / medians["above alone"]
        print(
            f"{name:14}{seconds:8.2f} s   keras / this {against_keras:5.2f}   this / above alone {against_floor:5.2f}"
        )


def one_round(asked: argparse.Namespace, photographs: Path, folder: Path) -> dict[str, float]:
    """Return seconds by what was measured; tracing and compiling are done before."""
    data = open_photographs(photographs)
    data = replace(data, validation=data.validation[:0])
    found: dict[str, float] = {}
    for name in ("first, cached", "cached", "live"):
        os.environ["TLZOO_CACHE"] = str(folder / "cache")
        os.environ["TLZOO_CACHE_BUDGET"] = "1" if name == "live" else "8e9"
        backbone = network(asked.network, asked.size)
        found[name] = phase_seconds(asked, make_setup(backbone, data, folder / name))
    found["above alone"] = above_alone(asked, make_setup(backbone, data, folder / "alone"))
    trained = {path for stage in stages_above(backbone, asked.from_stage) for path in stage.variables}
    found["keras"] = keras_way(asked, photographs, backbone.model, trained)
    return found


def stages_above(backbone: Any, name: str) -> Any:
    """Return the stages from that name on."""
    names = [stage.name for stage in backbone.stages]
    return backbone.stages[names.index(name) :]


def phase_of(asked: argparse.Namespace, epochs: int) -> Phase:
    """Return the phase that trains the head and the top stages."""
    train = head() | stages_from(asked.from_stage)
    return Phase(name="top", train=train, budget=Epochs(epochs), rates=1e-4)


def phase_seconds(asked: argparse.Namespace, setup: Any) -> float:
    """Return seconds of one phase, after its step was traced on a batch."""
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    phase = phase_of(asked, asked.epochs)
    plan = trainer.plan(state, phase)
    print(f"    plan: {plan.mode}, {plan.engine}, {plan.cache_bytes / 1e6:.0f} MB: {plan.reason}")
    with timed() as opening:
        set_intents(state.network, phase)
        boundary = boundary_of(state, plan)
    step, rates = compiled_step(state, phase, boundary, plan)
    order = setup.data.train[: setup.batch_size]
    for tensors in boundary.feed.batches(order, setup.batch_size):
        step(tuple(tensors), *state.truth(order), rates)
    with timed() as running:
        trainer.run(state, phase, 1, plan, Lines())
    return running.seconds + (opening.seconds if "first" in setup.checkpoints.name else 0)


def above_alone(asked: argparse.Namespace, setup: Any) -> float:
    """Return seconds of as many training steps on one batch of activations in memory."""
    os.environ["TLZOO_CACHE_BUDGET"] = "8e9"
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    phase = phase_of(asked, asked.epochs)
    plan = trainer.plan(state, phase)
    set_intents(state.network, phase)
    state.checkpoints.load("initial")
    boundary = boundary_of(state, plan)
    step, rates = compiled_step(state, phase, boundary, plan)
    order = setup.data.train[: setup.batch_size]
    (tensors,) = (tuple(tf.constant(each) for each in batch) for batch in boundary.feed.batches(order, len(order)))
    truth = state.truth(order)
    step(tensors, *truth, rates)
    with timed() as running:
        for _ in range(asked.epochs * int(np.ceil(len(setup.data.train) / setup.batch_size))):
            loss, _ = step(tensors, *truth, rates)
        float(loss)
    return running.seconds


def keras_way(asked: argparse.Namespace, photographs: Path, base: Any, trained: set[str]) -> float:
    """Return seconds of the second ``fit`` of the whole, the first having compiled it."""
    size = (asked.size, asked.size)
    train, _ = keras.utils.image_dataset_from_directory(
        photographs, image_size=size, batch_size=32, validation_split=0.2, subset="both", seed=0, verbose=False
    )
    for layer in base.layers:
        paths = {variable.path for variable in layer.weights}
        layer.trainable = bool(paths & trained) and not isinstance(layer, keras.layers.BatchNormalization)
    inputs = keras.Input((*size, 3))
    features = base(keras.layers.Rescaling(1 / 127.5, -1)(inputs))
    outputs = keras.layers.Dense(10, "softmax")(keras.layers.GlobalAveragePooling2D()(features))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.AdamW(1e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
    train = train.prefetch(tf.data.AUTOTUNE)
    model.fit(train.take(2), epochs=1, verbose=0)
    with timed() as fitting:
        model.fit(train, epochs=asked.epochs, verbose=0)
    return fitting.seconds


if __name__ == "__main__":
    main()
