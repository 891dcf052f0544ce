"""Linear heads on frozen features: fitted to their optimum against descended, and how features are scaled for it.

    python tests/benchmarks/linear_heads.py [--seeds 5] [--json FILE]

Handwritten digits by both packaged backbones of pictures, and Debian's synopses (see ``synopses.py``) by the one of
texts. The first table trains with ``tlzoo.train``, `feature-extraction` with `solver=lbfgs` and `solver=gradient`, 40
epochs, the labels counting the fifth that validates. In the second, a share of 1 of evening gives every feature the
variance 1, of 0 divides all by one number; all labels train. Its last two columns are how many passes over the samples
it took, evened half-way, to choose the penalty and then to fit: what the plan's estimate of seconds goes by.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

EVENED = (0.0, 0.5, 1.0)
PICTURES = ("vision/glyphnet.glyphs", "vision/efficientnet-lite0.imagenet")
EPOCHS = 40


def solvers(seeds: int, folder: Path) -> Iterator[str]:
    """Yield the rows of the first table."""
    import tlzoo

    yield "| backbone, data, labels a class | gradient | lbfgs | seconds | seconds |"
    yield "|---|---|---|---|---|"
    for entry in PICTURES:
        for labels in (3, 10, 50):
            accuracy: dict[str, list[float]] = {}
            seconds: dict[str, list[float]] = {}
            for solver in ("gradient", "lbfgs"):
                for seed in range(seeds):
                    strategy = {"name": "feature-extraction", "solver": solver}
                    run = tlzoo.train(
                        data="digits:",
                        backbone=entry,
                        strategy=strategy,
                        per_class=labels,
                        epochs=EPOCHS,
                        seed=seed,
                        out=folder / "runs",
                    )
                    accuracy.setdefault(solver, []).append(run.test["accuracy"])
                    seconds.setdefault(solver, []).append(run.result["phases"][0]["seconds"])
            cells = [f"{np.mean(each):.3f} ± {np.std(each):.3f}" for each in accuracy.values()]
            times = [f"{np.median(each):.1f}" for each in seconds.values()]
            yield f"| {entry}, digits, {labels} | " + " | ".join((*cells, *times)) + " |"


def scalings(seeds: int) -> Iterator[str]:
    """Yield the rows of the second table."""
    heads = [f"evened {each:g}" for each in EVENED]
    yield "| backbone, data, labels a class | " + " | ".join((*heads, "passes to choose", "to fit")) + " |"
    yield "|---" * 6 + "|"
    for name, labels, draws in tasks(seeds):
        found = {evened: np.array([fitted(*draw, evened) for draw in draws]) for evened in EVENED}
        cells = [f"{each[:, 0].mean():.3f} ± {each[:, 0].std():.3f}" for each in found.values()]
        passes = [f"{found[0.5][:, column].mean():.0f}" for column in (1, 2)]
        yield f"| {name}, {labels} | " + " | ".join((*cells, *passes)) + " |"


def tasks(seeds: int) -> Iterator[tuple[str, int, list[tuple[np.ndarray, ...]]]]:
    """Yield a name, labels a class, and for each seed features and labels to train and to test on."""
    import subprocess

    import synopses
    import tensorflow as tf
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = [(image * 15).astype(np.uint8)[..., np.newaxis] for image in digits.images]
    for entry in PICTURES:
        features = features_of(entry, [tf.constant(image) for image in images])
        for labels in (2, 8, 40):
            draws = []
            for seed in range(seeds):
                order = np.random.default_rng(seed).permutation(len(images))
                train = np.concatenate([order[digits.target[order] == each][:labels] for each in range(10)])
                test = np.setdiff1d(order, train)
                draws.append((features[train], digits.target[train], features[test], digits.target[test]))
            yield f"{entry}, digits", labels, draws
    available = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    texts = synopses.read_synopses(available)
    for labels in (10, 50, 250):
        draws = []
        for seed in range(seeds):
            drawn = synopses.draw(texts, labels, seed)
            both = features_of(synopses.PACKAGED, [tf.constant(each) for each in drawn.texts + drawn.test_texts])
            classes = np.array([synopses.SECTIONS.index(each) for each in drawn.labels + drawn.test_labels])
            count = len(drawn.texts)
            draws.append((both[:count], classes[:count], both[count:], classes[count:]))
        yield f"{synopses.PACKAGED}, synopses", labels, draws


def features_of(entry: str, inputs: list[object]) -> np.ndarray:
    """Return an entry's pooled features of raw inputs."""
    import keras
    import tensorflow as tf

    from tlzoo.backbones import load_backbone, pool

    backbone = load_backbone(entry)
    model = keras.Model(backbone.model.input, pool(backbone.features, list(backbone.model.outputs)))
    prepared = [backbone.preprocessing.prepare(each) for each in inputs]
    parts = [tf.stack(prepared[begin : begin + 256]) for begin in range(0, len(prepared), 256)]
    return np.concatenate([model(backbone.preprocessing.normalize(part), training=False).numpy() for part in parts])


def fitted(
    train: np.ndarray, labels: np.ndarray, test: np.ndarray, tested: np.ndarray, evened: float
) -> tuple[float, float, float]:
    """Return the accuracy of a layer fitted to features that are scaled so, and the passes of choosing and fitting."""
    import keras

    from tlzoo.tasks import ClassificationCriterion
    from tlzoo.training.solving.fit import fit
    from tlzoo.training.solving.objective import Objective, Samples
    from tlzoo.training.solving.penalty import choose_penalty

    deviation = train.std(axis=0, dtype=np.float64)
    overall = np.sqrt(np.square(deviation).mean())
    scale = np.maximum(deviation, 1e-6 * overall) ** evened * overall ** (1 - evened)
    inputs, others = (((each - train.mean(axis=0)) / scale).astype(np.float32) for each in (train, test))
    criterion = ClassificationCriterion(tuple(map(str, range(10))), np.bincount(labels, minlength=10))
    targets, weights = criterion.targets(labels), np.ones(len(labels), np.float32)
    entropy = keras.losses.CategoricalCrossentropy(from_logits=True, reduction=None)
    seen = [0]

    class Counted(Objective):
        """Counts the samples that it was asked about."""

        def __call__(self, samples: Samples, *layer: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
            seen[0] += samples.count
            return super().__call__(samples, *layer)

    objective = Counted(entropy, inputs.shape[1], targets.shape[1])
    folds = np.empty(len(labels), np.int64)
    folds[np.argsort(labels, kind="stable")] = np.arange(len(labels)) % 5
    chosen = choose_penalty(
        objective,
        inputs,
        targets,
        weights,
        folds,
        lambda held, outputs: criterion.figures(labels[held], outputs)["loss"],
    )
    to_choose = seen[0] / len(labels)
    layer = fit(objective, Samples(inputs, targets, weights), chosen.penalty)
    accuracy = float((layer.outputs(others).argmax(axis=1) == tested).mean())
    return accuracy, to_choose, seen[0] / len(labels) - to_choose


def main() -> None:
    """Measure both and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the lines there too")
    arguments = parser.parse_args()
    began = time.perf_counter()
    lines = []
    with tempfile.TemporaryDirectory(prefix="tlzoo-linear-") as folder:
        for line in (*solvers(arguments.seeds, Path(folder)), "", *scalings(arguments.seeds)):
            print(line, flush=True)
            lines.append(line)
    print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)
    if arguments.json:
        arguments.json.write_text(json.dumps(lines, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
