"""A Keras model of one's own with ``backbone.layer()`` and ``fit``, against ``tlzoo train`` at the same rates.

    python tests/benchmarks/keras_layer.py [--seeds 5] [--json FILE]

Handwritten digits by the packaged ``glyphnet``, frozen, 10 labels a class (a fifth for validation), 20 epochs in
batches of 16 with AdamW at 0.01 under a cosine, weight decay 0.05: what ``feature-extraction -S solver=gradient`` does.
Both see the same splits; orders and weights of the head are drawn by each itself. It prints the test accuracy of both
over the seeds, the difference of the means with the standard error of that of two independent samples, and the standard
error of the paired differences, from which the splits' share is gone.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path

import numpy as np

ENTRY, PER_CLASS, EPOCHS, BATCH, RATE, DECAY = "glyphnet", 10, 20, 16, 1e-2, 0.05


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


def by_keras(seed: int) -> float:
    """Return the test accuracy of a model of one's own on the same split."""
    import keras

    import tlzoo
    from tlzoo.data import digits, split

    data = split(digits("", {}), seed=seed, per_class=PER_CLASS)
    images, labels = digit_images(), data.labels
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            tlzoo.load_backbone(ENTRY).layer(),
            keras.layers.BatchNormalization(scale=False, center=False, momentum=0.9),
            keras.layers.Dense(10),
        ]
    )
    steps = EPOCHS * math.ceil(len(data.train) / BATCH)
    optimizer = keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(RATE, steps), weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.fit(images[data.train], labels[data.train], epochs=EPOCHS, batch_size=BATCH, verbose=0)
    return float(model.evaluate(images[data.test], labels[data.test], verbose=0, return_dict=True)["accuracy"])


def digit_images() -> np.ndarray:
    """Return the images of ``digits:``, uint8 (N, height, width, 1)."""
    from tlzoo.data import digits

    samples = digits("", {})
    return np.stack([each.numpy() for each in samples.examples.stream(np.arange(len(samples.examples)))])


def compared(seeds: int) -> dict[str, object]:
    """Return accuracies by seed, and the mean difference with its standard error."""
    with tempfile.TemporaryDirectory() as folder:
        runs = np.array([by_tlzoo(seed, Path(folder)) for seed in range(seeds)])
    own = np.array([by_keras(seed) for seed in range(seeds)])
    difference = float((own - runs).mean())
    error = math.sqrt((own.var(ddof=1) + runs.var(ddof=1)) / seeds)
    return {
        "tlzoo": runs.tolist(),
        "keras": own.tolist(),
        "difference": difference,
        "standard_error": error,
        "paired_standard_error": float((own - runs).std(ddof=1) / math.sqrt(seeds)),
        "within": abs(difference) <= 2 * error,
    }


def main() -> int:
    """Print the table; return 1 where the two differ by more than two standard errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = compared(arguments.seeds)
    if arguments.json:
        arguments.json.write_text(json.dumps(found), "utf-8")
    print("| seed | tlzoo train | own model, fit |\n|---|---|---|")
    for seed, (run, own) in enumerate(zip(found["tlzoo"], found["keras"], strict=True)):  # type: ignore[call-overload]
        print(f"| {seed} | {run:.4f} | {own:.4f} |")
    print(
        f"difference {found['difference']:+.4f}, standard error {found['standard_error']:.4f}, "
        f"paired {found['paired_standard_error']:.4f}"
    )
    return 0 if found["within"] else 1


if __name__ == "__main__":
    sys.exit(main())
