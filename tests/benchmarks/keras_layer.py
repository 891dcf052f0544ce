"""A Keras model of one's own with ``backbone.layer()`` and ``fit``, against ``tlzoo train`` at the same rates.

    python tests/benchmarks/keras_layer.py [--seeds 5] [--json FILE]

Handwritten digits by the packaged ``glyphnet``, frozen, 10 labels a class (a fifth for validation), 20 epochs in
batches of 16 with AdamW at 0.01 under a cosine, weight decay 0.05: what ``feature-extraction -S solver=gradient`` does.
All see the same splits. It prints the test accuracy over the seeds, three times:

- ``tlzoo train``;
- an own model that begins at the same weights of the head, and takes the same batches in the same order: the difference
  is that of the two training loops;
- an own model as a user writes it, which draws weights and orders by itself: the difference is that of other draws.

``keras.utils.set_random_seed`` makes ``fit`` repeat the batches of the first epoch in every epoch if it gets arrays:
the shuffle is a random operation in a map of tf.data, whose state begins again with each epoch's iterator. So here
``fit`` is called once for each epoch, with the samples in an order of that epoch, as ``tlzoo train`` has them.

It returns 1 if the own model of a user is not within two standard errors of the difference of two independent samples,
or the model of the same draws differs by more than ``SAME``.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import keras

ENTRY, PER_CLASS, EPOCHS, BATCH, RATE, DECAY = "glyphnet", 10, 20, 16, 1e-2, 0.05
SAME = 0.001
"""Difference of mean accuracies that rounding may make: fewer than two of about 1,700 test images."""


def by_tlzoo(seed: int, folder: Path) -> float:
    """Return the test accuracy of a run."""
    import tlzoo

    run = tlzoo.train(
        data="digits:",
        backbone=ENTRY,
        strategy={"name": "feature-extraction", "solver": "gradient", "rate": RATE, "weight_decay": DECAY},
        per_class=PER_CLASS,
        epochs=EPOCHS,
        batch_size=BATCH,
        seed=seed,
        export=[],
        out=folder,
    )
    return float(run.test["accuracy"])


def by_keras(seed: int, *, same_draws: bool = False) -> float:
    """Return the test accuracy of a model of one's own on the same split."""
    import keras

    import tlzoo
    from tlzoo.data import digits, split

    data = split(digits("", {}), seed=seed, per_class=PER_CLASS)
    images, labels = digit_images(), data.labels
    keras.utils.set_random_seed(seed)
    layer = tlzoo.load_backbone(ENTRY).layer()
    model = keras.Sequential(
        [
            layer,
            keras.layers.BatchNormalization(scale=False, center=False, momentum=0.9),
            keras.layers.Dense(10),
        ]
    )
    steps = EPOCHS * math.ceil(len(data.train) / BATCH)
    optimizer = keras.optimizers.AdamW(rates(steps), weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model(images[:1])
    if same_draws:
        from tlzoo.heads import Linear

        head = Linear().build(layer(images[:1]).shape[-1], data.task, seed)
        model.layers[-1].set_weights(head.get_layer("logits").get_weights())
    for order in orders(data.train, seed, same_draws=same_draws):
        model.fit(images[order], labels[order], batch_size=BATCH, shuffle=False, verbose=0)
    return float(model.evaluate(images[data.test], labels[data.test], verbose=0, return_dict=True)["accuracy"])


def rates(steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return half a cosine from the rate to 0, taken in the middle of each step as ``tlzoo train`` does."""
    import keras

    class Cosine(keras.optimizers.schedules.CosineDecay):  # type: ignore[misc]
        def __call__(self, step: object) -> object:
            return super().__call__(keras.ops.cast(step, "float32") + 0.5)

    return Cosine(RATE, steps)


def orders(train: np.ndarray, seed: int, *, same_draws: bool) -> Iterator[np.ndarray]:
    """Yield the training samples in the order of each epoch: that of ``tlzoo train``, or another one."""
    from tlzoo.training.seeds import generator

    own = np.random.default_rng(seed)
    for epoch in range(EPOCHS):
        yield (generator(seed, 1, epoch, "order") if same_draws else own).permutation(train)


def digit_images() -> np.ndarray:
    """Return the images of ``digits:``, uint8 (N, height, width, 1)."""
    from tlzoo.data import digits

    samples = digits("", {})
    return np.stack([each.numpy() for each in samples.examples.stream(np.arange(len(samples.examples)))])


def compared(seeds: int) -> dict[str, object]:
    """Return accuracies by seed, and the mean differences with their standard errors."""
    with tempfile.TemporaryDirectory() as folder:
        runs = np.array([by_tlzoo(seed, Path(folder)) for seed in range(seeds)])
    same = np.array([by_keras(seed, same_draws=True) for seed in range(seeds)])
    own = np.array([by_keras(seed) for seed in range(seeds)])
    difference, loops = float((own - runs).mean()), float((same - runs).mean())
    error = math.sqrt((own.var(ddof=1) + runs.var(ddof=1)) / seeds)
    return {
        "tlzoo": runs.tolist(),
        "same_draws": same.tolist(),
        "keras": own.tolist(),
        "difference": difference,
        "standard_error": error,
        "paired_standard_error": float((own - runs).std(ddof=1) / math.sqrt(seeds)),
        "difference_of_same_draws": loops,
        "within": abs(difference) <= 2 * error and abs(loops) <= SAME,
    }


def main() -> int:
    """Print the table; return 1 where the models differ by more than they may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = compared(arguments.seeds)
    if arguments.json:
        arguments.json.write_text(json.dumps(found), "utf-8")
    print("| seed | tlzoo train | own model, same draws | own model |\n|---|---|---|---|")
    rows = zip(found["tlzoo"], found["same_draws"], found["keras"], strict=True)  # type: ignore[call-overload]
    for seed, (run, same, own) in enumerate(rows):
        print(f"| {seed} | {run:.4f} | {same:.4f} | {own:.4f} |")
    print(
        f"same draws: difference {found['difference_of_same_draws']:+.4f}\n"
        f"own draws: difference {found['difference']:+.4f}, standard error {found['standard_error']:.4f}, "
        f"paired {found['paired_standard_error']:.4f}"
    )
    return 0 if found["within"] else 1


if __name__ == "__main__":
    sys.exit(main())
