"""The demo: transfer to new data, offline, compared with baselines."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlzoo.progress import Progress, Silent
from tlzoo.runs import Run, open_source, read_recipe, train_recipe

__all__ = ["Demonstration", "run_demo"]

PER_CLASS = 10


@dataclass(frozen=True, slots=True)
class _Example:
    """A data set, and the backbone and settings for it."""

    data: str
    backbone: str
    strategy: str
    epochs: int
    seeds: int
    image_size: int | None = None
    batch_size: int | None = None


_DIGITS = _Example("digits:", "vision/glyphnet.glyphs", "multi-step", epochs=30, seeds=5)
_PHOTOS = _Example(
    "materials:",
    "vision/efficientnet-lite0.imagenet",
    "feature-extraction",
    epochs=15,
    seeds=2,
    image_size=64,
    batch_size=8,  # a hundred steps from scratch
)


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Result of the demo: test accuracies (0 to 1) of each method, one per seed, and their runs.

    ``run`` is the complete transfer run, with model and report.
    """

    accuracies: Mapping[str, Sequence[float]]
    seconds: Mapping[str, float]
    runs: Mapping[str, Sequence[Run]]
    run: Run
    per_class: int = PER_CLASS

    def to_json(self) -> dict[str, Any]:
        """Return what ``tlzoo demo --json`` prints."""
        methods = {
            name: {
                "accuracy": statistics.mean(values),
                "spread": statistics.stdev(values) if len(values) > 1 else 0.0,
                "accuracies": list(values),
                "seconds": round(self.seconds[name], 3),
                "runs": [str(run.path) for run in self.runs.get(name, ())],
            }
            for name, values in self.accuracies.items()
        }
        return dict(self.run.result) | {
            "per_class": self.per_class,
            "seeds": len(self.runs["transfer"]),
            "methods": methods,
        }


def run_demo(
    *, out: Path, photos: bool = False, seeds: int | None = None, progress: Progress | None = None
) -> Demonstration:
    """Train a packaged backbone on ten images per class, and two baselines on the same images.

    The images are handwritten digits for the glyph backbone, or with ``photos`` patches of photographs by material for
    the ImageNet backbone. ``from scratch`` is the same network with random weights and the same number of epochs, with
    the best of three learning rates. ``pixels`` is logistic regression on pixels, with a penalty chosen by
    cross-validation. ``seeds`` is 5 by default, with ``photos`` 2.
    """
    example = _PHOTOS if photos else _DIGITS
    seeds = example.seeds if seeds is None else seeds
    progress = progress or Silent()
    strategies = {"transfer": example.strategy, "from scratch": "from-scratch"}
    accuracies: dict[str, list[float]] = {name: [] for name in (*strategies, "pixels")}
    seconds = dict.fromkeys(accuracies, 0.0)
    runs: dict[str, list[Run]] = {name: [] for name in strategies}
    for seed in range(seeds):
        for name, strategy in strategies.items():
            progress.note(f"{name}, seed {seed}")
            recipe = read_recipe(None, _recipe(example, strategy, seed))
            run = train_recipe(recipe, out=out, progress=progress)
            runs[name].append(run)
            accuracies[name].append(run.test["accuracy"])
            seconds[name] += run.result["seconds"]
        began = time.perf_counter()
        accuracies["pixels"].append(_on_pixels(example.data, seed))
        seconds["pixels"] += time.perf_counter() - began
    return Demonstration(accuracies, seconds, runs, run=runs["transfer"][0])


def _recipe(example: _Example, strategy: str, seed: int) -> dict[str, Any]:
    return {
        "data": example.data,
        "backbone": example.backbone,
        "image_size": example.image_size,
        "batch_size": example.batch_size,
        "strategy": {"name": strategy, "options": {}},
        "per_class": PER_CLASS,
        "epochs": example.epochs,
        "seed": seed,
        "export": None if (strategy, seed) == (example.strategy, 0) else [],
    }


def _on_pixels(data_source: str, seed: int) -> float:
    """Return the test accuracy of logistic regression on pixels of the same split, with validation samples."""
    import numpy as np
    from sklearn.linear_model import LogisticRegressionCV

    from tlzoo.data import split

    data = split(open_source(data_source, Silent()), seed=seed, per_class=PER_CLASS)
    everything = np.arange(len(data.examples))
    pixels = np.stack([image.numpy().ravel() for image in data.examples.stream(everything)]).astype(np.float64) / 255
    labelled = np.concatenate([data.train, data.validation])
    if len(labelled) < pixels.shape[1]:  # the weights of the solution are in the span of the labelled images
        pixels = pixels @ np.linalg.qr(pixels[labelled].T)[0]
    model = LogisticRegressionCV(
        Cs=10, cv=3, max_iter=1000, l1_ratios=(0.0,), use_legacy_attributes=False, scoring="accuracy"
    )
    model.fit(pixels[labelled], data.labels[labelled])
    return float(model.score(pixels[data.test], data.labels[data.test]))
