"""Compares packaged backbones on five sets of pictures: 5, 10, 20 and 50 labelled pictures a class, five draws.

Features are frozen, and computed as `tlzoo` computes them; the head is a logistic regression. Its regularization is
chosen for each row on the proxy (children's drawings, which no table shows). `results.json` keeps every figure.
Computed features are kept in a folder that you name; remove it when a network changes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from threadpoolctl import threadpool_limits

from pretrain import colour
from pretrain.colour import rendering, scratch
from pretrain.colour.augment import plain
from pretrain.colour.judging import SHOTS, Array, best_strength, gradients_and_colours, members, pixels, results
from pretrain.colour.pictures import Pictures
from pretrain.imagenet import sets
from pretrain.threads import use_threads
from tlzoo.backbones import LoadRequest, load_backbone

RESULTS = Path(__file__).parent / "results.json"
COLOUR_RESULTS = Path(colour.__file__).parent / "results.json"
OURS = "EfficientNet-Lite0"
SCRATCH = "ColourNet's network, from scratch"
DRAWS = 5
_BATCH = 32
_SMALL = 64

Rows = dict[str, dict[str, list[float]]]
Results = dict[str, Rows]
"""Set, row, labelled pictures a class: accuracy of each draw."""

ROWS: dict[str, Callable[[Pictures], Array]] = {
    "pixels": lambda pictures: pixels(reduced(pictures)),
    "HOG and colour histograms": lambda pictures: gradients_and_colours(reduced(pictures)),
    "GlyphNet": lambda pictures: features("vision/glyphnet.glyphs", pictures),
    "ColourNet": lambda pictures: features("vision/colournet.artwork", pictures),
    "EfficientNet-Lite0, random weights": lambda pictures: features(
        "vision/efficientnet-lite0.imagenet", pictures, LoadRequest(weights="random", image_size=(96, 96))
    ),
    "EfficientNet-Lite0 at 96 pixels": lambda pictures: features(
        "vision/efficientnet-lite0.imagenet", pictures, LoadRequest(image_size=(96, 96))
    ),
    OURS: lambda pictures: features("vision/efficientnet-lite0.imagenet", pictures),
}


def features(entry: str, pictures: Pictures, request: LoadRequest | None = None) -> Array:
    """Return average-pooled features of pictures that are prepared as `tlzoo` prepares them: float32 (N, D)."""
    backbone = load_backbone(entry, request or LoadRequest())
    prepare, normalize = backbone.preprocessing.prepare, backbone.preprocessing.normalize
    pooled = []
    for start in range(0, len(pictures.labels), _BATCH):
        samples = np.stack([prepare(each) for each in pictures.images[start : start + _BATCH]])
        pooled.append(backbone.model.predict_on_batch(normalize(samples)).mean(axis=(1, 2)))
    return np.concatenate(pooled).astype(np.float32)


def reduced(pictures: Pictures, side: int = _SMALL) -> Pictures:
    """Return the pictures at fewer pixels a side."""
    parts = [
        (plain(pictures.images[start : start + _BATCH], side).numpy() + 1.0) * 127.5
        for start in range(0, len(pictures.labels), _BATCH)
    ]
    return Pictures(np.rint(np.concatenate(parts)).astype(np.uint8), pictures.labels, pictures.classes)


def cached(folder: Path, name: str, row: str, pictures: Pictures) -> Array:
    """Return the vectors of a row, computed once and kept in `folder`."""
    digest = hashlib.sha256(pictures.images.tobytes() + row.encode()).hexdigest()[:16]
    path = folder / f"{name}-{digest}.npy"
    if not path.exists():
        sys.stderr.write(f"{name}: {row}\n")
        folder.mkdir(parents=True, exist_ok=True)
        np.save(path, ROWS[row](pictures))
    return np.asarray(np.load(path), np.float32)


def judge(root: Path, folder: Path, known: Results, keep: Callable[[], None]) -> None:
    """Add the accuracy of every draw of every row; `keep` is called after each set."""
    proxy = sets.drawings(root)
    strengths = {row: best_strength(cached(folder, "drawings", row, proxy), proxy) for row in ROWS}
    sys.stderr.write(f"regularization, chosen on the proxy: {strengths}\n")
    for name, collect in sets.SETS.items():
        pictures = collect(root)
        shown = [shots for shots in SHOTS if len(members(pictures, shots)) > 1]
        for row in ROWS:
            vectors = cached(folder, name, row, pictures)
            known.setdefault(name, {})[row] = {
                str(shots): results(vectors, pictures, shots, strengths[row], draws=DRAWS) for shots in shown
            }
        sys.stderr.write(f"{name}: judged\n")
        keep()


def judge_scratch(root: Path, judged: Results, keep: Callable[[], None], draws: int, shots: int) -> None:
    """Add ColourNet's network, trained from random weights as in `pretrain.colour`; `keep` is called after each draw.

    Its settings were chosen on the same proxy. The draws are those of the other rows.
    """
    known = json.loads(COLOUR_RESULTS.read_text("utf-8"))
    settings = scratch.Settings(**known["scratch"])
    for name, collect in sets.SETS.items():
        pictures = reduced(collect(root), rendering.SIDE)
        if len(members(pictures, shots)) < 2:  # noqa: PLR2004 - a task needs two classes
            continue
        measured = judged[name].setdefault(SCRATCH, {}).setdefault(str(shots), [])
        while len(measured) < draws:
            measured.append(scratch.result(pictures, shots, len(measured), settings))
            sys.stderr.write(f"{name}, {shots} a class, from scratch: {measured}\n")
            keep()


def tables(judged: Results) -> Iterator[str]:
    """Yield the lines of a table for each set: mean and half the width of the 95 % confidence interval over draws."""
    for name, rows in judged.items():
        shots = list(next(iter(rows.values())))
        yield from ("", f"**{name}**: {sets.SETS[name].__doc__}", "")
        yield "| labelled pictures a class | " + " | ".join(shots) + " |"
        yield "|---" * (len(shots) + 1) + "|"
        for row, cells in rows.items():
            yield f"| {row} | " + " | ".join(_interval(cells.get(each, [])) for each in shots) + " |"
        yield f"| {OURS} minus ColourNet | " + " | ".join(_difference(rows, "ColourNet", each) for each in shots) + " |"
        yield (
            f"| {OURS} minus the best other row | "
            + " | ".join(_difference(rows, _best_other(rows, each), each) for each in shots)
            + " |"
        )


def verdict(judged: Results) -> Iterator[str]:
    """Yield a line for each opponent: in how many cells of the tables the difference is certain, and which way."""
    for opponent in ("ColourNet", "the best other row"):
        better: list[str] = []
        worse: list[str] = []
        unsure: list[str] = []
        for name, rows in judged.items():
            for shots in rows[OURS]:
                other = opponent if opponent in rows else _best_other(rows, shots)
                middle, half = _middle_and_half(np.subtract(rows[OURS][shots], rows[other][shots]))
                place = better if middle > half else worse if middle < -half else unsure
                place.append(f"{name} at {shots}" + ("" if opponent in rows else f" ({other})"))
        yield (
            f"- Against {opponent}: better in {len(better)} of {len(better) + len(worse) + len(unsure)} cells. "
            f"Worse: {', '.join(worse) or 'none'}. Undecided: {', '.join(unsure) or 'none'}."
        )


def _best_other(rows: Rows, shots: str) -> str:
    """Return the row with the highest mean of those that are neither this network nor trained from scratch."""
    others = [row for row in rows if not row.startswith(OURS) and row != SCRATCH]
    return max(others, key=lambda row: float(np.mean(rows[row][shots])))


def _difference(rows: Rows, other: str, shots: str) -> str:
    """Return the mean difference of the two on the same draws, with its interval."""
    return _interval(np.subtract(rows[OURS][shots], rows[other][shots]).tolist(), signed=True)


def _interval(values: list[float], *, signed: bool = False) -> str:
    if len(values) < 2:  # noqa: PLR2004 - no interval
        return ""
    middle, half = _middle_and_half(np.asarray(values))
    return f"{middle:{'+' if signed else ''}.3f} ± {half:.3f}"


def _middle_and_half(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean and half the width of its 95 % confidence interval (Student's t)."""
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values)), float(half)


def main() -> None:
    """Judge what is asked for, add it to the results, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--root", type=Path, default=Path("/"), help="folder with unpacked packages; default: installed"
    )
    parser.add_argument(
        "--features", type=Path, help="folder for computed features; without it, no features are judged"
    )
    parser.add_argument("--scratch", type=int, default=0, metavar="DRAWS", help="judge training from scratch as well")
    parser.add_argument("--shots", type=int, default=20, help="from scratch: labelled pictures a class; default 20")
    parser.add_argument("--threads", type=int, default=1, help="of TensorFlow; default 1")
    arguments = parser.parse_args()
    use_threads(arguments.threads)
    known: Results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}

    def keep() -> None:
        RESULTS.write_text(json.dumps(known, indent=1) + "\n", "utf-8")

    with threadpool_limits(arguments.threads):
        if arguments.features is not None:
            judge(arguments.root, arguments.features, known, keep)
        if arguments.scratch:
            judge_scratch(arguments.root, known, keep, arguments.scratch, arguments.shots)
    sys.stdout.write("\n".join([*tables(known), "", *verdict(known)]) + "\n")


if __name__ == "__main__":
    main()
