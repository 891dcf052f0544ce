"""Compares packaged backbones on five sets of pictures: 5, 10, 20 and 50 labelled pictures a class, five draws.

Features are frozen, and computed as `tlzoo` computes them; the head is a logistic regression. Its regularization is
chosen for each row on the proxy (children's drawings, which no table shows). `--scratch` trains two networks from
random weights on the same draws, one cell after the other. `results.json` keeps every figure; an interrupted
comparison continues. Computed features are kept in a folder that you name; remove it when a network changes.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from threadpoolctl import threadpool_limits

from pretrain.imagenet import rendering, sets
from pretrain.imagenet.augment import plain
from pretrain.imagenet.judging import (
    DRAWS,
    SHOTS,
    Array,
    best_strength,
    gradients_and_colours,
    members,
    pixels,
    results,
)
from pretrain.imagenet.picture_files import Pictures
from pretrain.imagenet.scratch import ARCHITECTURES, Accuracies, Scratch
from pretrain.threads import use_threads
from tlzoo.backbones import LoadRequest, load_backbone

RESULTS = Path(__file__).parent / "results.json"
RATES = Path(__file__).parent / "rates.json"
OURS = "EfficientNet-Lite0"
SMALL = "EfficientNet-Lite0 at 96 pixels"
COLOURNET = "ColourNet"
"""An entry of tlzoo 0.1, removed because of these tables; its row was measured with tlzoo 0.1's network."""

BEST_FROM_SCRATCH = "the best network from scratch"
OPPONENTS = (COLOURNET, "the best other row", BEST_FROM_SCRATCH)
SCRATCH_SETS = ("stamps", "textures", "patches", "emoji")
_MOST = 50
_SCRATCH_SHOTS = sorted(SHOTS, key=lambda shots: shots != 20)  # noqa: PLR2004 - the guide shows 20
_LEAST_DRAWS = 2  # for an interval
_BATCH = 32
_SMALL = 64

Rows = dict[str, dict[str, list[float]]]
Results = dict[str, Rows]
"""Set, row, labelled pictures a class: accuracy of each draw."""

ROWS: dict[str, Callable[[Pictures], Array]] = {
    "pixels": lambda pictures: pixels(reduced(pictures)),
    "HOG and colour histograms": lambda pictures: gradients_and_colours(reduced(pictures)),
    "GlyphNet": lambda pictures: features("vision/glyphnet.glyphs", pictures),
    "EfficientNet-Lite0, random weights": lambda pictures: features(
        "vision/efficientnet-lite0.imagenet", pictures, LoadRequest(weights="random", image_size=(96, 96))
    ),
    SMALL: lambda pictures: features("vision/efficientnet-lite0.imagenet", pictures, LoadRequest(image_size=(96, 96))),
    OURS: lambda pictures: features("vision/efficientnet-lite0.imagenet", pictures),
}


_VARIANTS = tuple(row for row in ROWS if row.startswith(OURS))


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


def judge_scratch(root: Path, judged: Results, rates: dict[str, Accuracies], keep: Callable[[], None]) -> None:
    """Add the accuracy of networks trained from random weights on the draws of the other rows; `keep` after each."""
    shown = {name: reduced(sets.SETS[name](root), rendering.SIDE) for name in SCRATCH_SETS}
    proxy = reduced(sets.drawings(root), rendering.SIDE)
    networks = {row: Scratch(row) for row in ARCHITECTURES}
    chosen = {row: network.best_rate(proxy, rates.setdefault(row, {}), keep) for row, network in networks.items()}
    for draw, shots, name, row in scratch_cells():
        measured = judged.setdefault(name, {}).setdefault(row, {}).setdefault(str(shots), [])
        if len(measured) <= draw:
            measured.append(networks[row].result(shown[name], shots, draw, chosen[row]))
            sys.stderr.write(f"{row}: {name}, {shots} a class, draw {draw}: {measured[-1]:.3f}\n")
            keep()


def scratch_cells() -> list[tuple[int, int, str, str]]:
    """Return draw, labelled pictures a class, set and row of each training, those first that may not be left out.

    The draws of a cell come in order. The later draws come last, above all those of 50 a class and of the network that
    takes longer.
    """
    cells = itertools.product(range(DRAWS), _SCRATCH_SHOTS, SCRATCH_SETS, ARCHITECTURES)
    return sorted(cells, key=lambda cell: (1 + cell[0] + (cell[1] == _MOST)) * ARCHITECTURES[cell[3]].time)


def tables(judged: Results) -> Iterator[str]:
    """Yield the lines of a table for each set: mean and half the width of the 95 % confidence interval over draws."""
    for name, rows in judged.items():
        shots = list(next(iter(rows.values())))
        yield from ("", f"**{name}**: {sets.SETS[name].__doc__}", "")
        yield "| labelled pictures a class | " + " | ".join(shots) + " |"
        yield "|---" * (len(shots) + 1) + "|"
        for row, cells in rows.items():
            yield f"| {row} | " + " | ".join(_interval(cells.get(each, [])) for each in shots) + " |"
        for opponent in OPPONENTS:
            differences = [_difference(rows, _row(rows, opponent, each), each) for each in shots]
            yield f"| {OURS} minus {opponent} | " + " | ".join(differences) + " |"


def summary(judged: Results, shots: str = "20") -> Iterator[str]:
    """Yield the lines of one table of all sets, for one number of labelled pictures a class."""
    rows = dict.fromkeys(row for each in judged.values() for row in each)
    yield f"| {shots} labelled pictures a class | " + " | ".join(judged) + " |"
    yield "|---" * (len(judged) + 1) + "|"
    for row in rows:
        cells = (_interval(each.get(row, {}).get(shots, [])) for each in judged.values())
        yield f"| {row} | " + " | ".join(cells) + " |"


def verdict(judged: Results) -> Iterator[str]:
    """Yield a line for each opponent: in how many cells of the tables the difference is certain, and which way."""
    for ours, opponent in (*((OURS, each) for each in OPPONENTS), (SMALL, COLOURNET)):
        better, worse, unsure = _compared(judged, ours, opponent)
        if count := better + len(worse) + len(unsure):
            subject = f"Against {opponent}" if ours == OURS else f"{ours} against {opponent}"
            yield (
                f"- {subject}: better in {better} of {count} cells. "
                f"Worse: {', '.join(worse) or 'none'}. Undecided: {', '.join(unsure) or 'none'}."
            )


def _compared(judged: Results, ours: str, opponent: str) -> tuple[int, list[str], list[str]]:
    """Return the number of cells where a row is better than its opponent; the names of others, worse and undecided."""
    better = 0
    worse: list[str] = []
    unsure: list[str] = []
    for name, rows in judged.items():
        for shots in rows.get(ours, {}):
            other = _row(rows, opponent, shots)
            if other is None or len(rows.get(other, {}).get(shots, [])) < _LEAST_DRAWS:
                continue
            middle, half = _middle_and_half(_paired(rows, ours, other, shots))
            cell = f"{name} at {shots}" + ("" if opponent in rows else f" ({other})")
            if middle > half:
                better += 1
            else:
                (worse if middle < -half else unsure).append(cell)
    return better, worse, unsure


def _row(rows: Rows, opponent: str, shots: str) -> str | None:
    """Return the row that an opponent stands for: itself, or the one with the highest mean of its kind."""
    if opponent in rows:
        return opponent
    from_scratch = opponent == BEST_FROM_SCRATCH
    kind = [row for row in rows if (row in ARCHITECTURES if from_scratch else row not in (*ARCHITECTURES, *_VARIANTS))]
    measured = [row for row in kind if rows[row].get(shots)]
    return max(measured, key=lambda row: float(np.mean(rows[row][shots])), default=None)


def _paired(rows: Rows, ours: str, other: str, shots: str) -> NDArray[np.float64]:
    """Return the differences on the draws that both rows have."""
    pairs = zip(rows[ours][shots], rows[other][shots], strict=False)
    return np.asarray([our - their for our, their in pairs])


def _difference(rows: Rows, other: str | None, shots: str) -> str:
    """Return the mean difference of the two on the same draws, with its interval."""
    return "" if other is None else _interval(_paired(rows, OURS, other, shots).tolist(), signed=True)


def _interval(values: list[float], *, signed: bool = False) -> str:
    """Return mean and interval; fewer draws than usual are stated."""
    if not values:
        return ""
    sign = "+" if signed else ""
    if len(values) < _LEAST_DRAWS:
        return f"{values[0]:{sign}.3f} (1 draw)"
    middle, half = _middle_and_half(np.asarray(values))
    return f"{middle:{sign}.3f} ± {half:.3f}" + (f" ({len(values)} draws)" if len(values) < DRAWS else "")


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
    parser.add_argument("--scratch", action="store_true", help="judge training from scratch as well: hours")
    parser.add_argument("--threads", type=int, default=1, help="of TensorFlow; default 1")
    arguments = parser.parse_args()
    use_threads(arguments.threads)
    known: Results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    rates: dict[str, Accuracies] = json.loads(RATES.read_text("utf-8")) if RATES.exists() else {}

    def keep() -> None:
        RESULTS.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
        RATES.write_text(json.dumps(rates, indent=1) + "\n", "utf-8")

    with threadpool_limits(arguments.threads):
        if arguments.features is not None:
            judge(arguments.root, arguments.features, known, keep)
        if arguments.scratch:
            judge_scratch(arguments.root, known, rates, keep)
    sys.stdout.write("\n".join([*tables(known), "", *summary(known), "", *verdict(known)]) + "\n")


if __name__ == "__main__":
    main()
