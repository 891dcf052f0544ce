"""What to label next: chosen samples against random ones, on handwriting, pictures and texts.

    python tests/benchmarks/labelling.py FOLDER [--seeds 5] [--rounds 5] [--json FILE]

The sets are those of ``strategy_suite.py``, which are written to FOLDER: digits on GlyphNet, Tux Paint's stamps by kind
on EfficientNet-Lite0, and synopses of Debian's packages on static.minilm. A fifth of each set is the test. Each seed
starts with three random labels a class; each round adds two labels for each class that there is, chosen from the rest
by one of the methods, and fits logistic regression to the frozen features again. All methods of a seed have the same
test and the same first labels, so differences are paired. Methods:

- random;
- uncertain: the smallest margins between the two likeliest classes;
- diverse: k-means (``tlzoo.zoo.labelling.choosing.by_diversity``);
- uncertain clusters: of the ten times as many most uncertain ones, clusters weighted by uncertainty (Zhdanov 2019,
  arXiv 1901.05954);
- gradients: BADGE, greedy, what `tlzoo data next` does (``tlzoo.zoo.labelling.choosing.by_gradients``).

The table has the mean accuracy over the rounds in percent, the paired difference from random with its 95 % interval
(Student's t over the seeds), and the mean seconds of a choice.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

SETS = {"digits": "glyphnet", "stamps": "efficientnet-lite0", "synopses": "static.minilm"}
FIRST, ADDED = 3, 2
RANDOM = "random"
Method = Callable[[np.ndarray, np.ndarray, int, int], np.ndarray]
"""From features (N, D), probabilities (N, C), count and seed to positions (count,)."""


def by_chance(features: np.ndarray, odds: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return random positions."""
    return np.random.default_rng(seed).permutation(len(features))[:count]


def by_uncertainty(features: np.ndarray, odds: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return the smallest margins."""
    return np.argsort(-uncertainty(odds), kind="stable")[:count]


def by_diversity(features: np.ndarray, odds: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return what represents the pool."""
    from tlzoo.zoo.labelling import choosing

    return choosing.by_diversity(features, count, seed)


def by_clusters(features: np.ndarray, odds: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return one of each cluster of uncertain samples."""
    from sklearn.cluster import KMeans

    among = by_uncertainty(features, odds, 10 * count, seed)
    unit = features[among] / np.linalg.norm(features[among], axis=1, keepdims=True)
    found = KMeans(count, n_init=1, random_state=seed).fit(unit, sample_weight=uncertainty(odds)[among])
    return among[found.transform(unit).argmin(axis=0)]


def by_gradients(features: np.ndarray, odds: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return what `tlzoo data next` does."""
    from tlzoo.zoo.labelling import choosing

    return choosing.by_gradients(features, odds - np.eye(odds.shape[1])[odds.argmax(axis=1)], count, seed)


METHODS: dict[str, Method] = {
    RANDOM: by_chance,
    "uncertain": by_uncertainty,
    "diverse": by_diversity,
    "uncertain clusters": by_clusters,
    "gradients": by_gradients,
}


def uncertainty(odds: np.ndarray) -> np.ndarray:
    """Return one minus the margin between the two likeliest classes."""
    top = np.sort(odds, axis=1)[:, -2:]
    return 1 - (top[:, 1] - top[:, 0])


def simulated(
    features: np.ndarray, labels: np.ndarray, method: Method, seed: int, rounds: int
) -> tuple[list[float], float]:
    """Return the test accuracy before and after each round, and the seconds of a choice."""
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(seed)
    order = random.permutation(len(labels))
    test, pool = order[: len(order) // 5], order[len(order) // 5 :]
    classes = np.unique(labels)
    chosen = np.concatenate([pool[labels[pool] == each][:FIRST] for each in classes])
    scaled = (features - features[pool].mean(axis=0)) / features[pool].std(axis=0).mean()
    accuracies, seconds = [], 0.0
    for number in range(rounds + 1):
        fitted = LogisticRegression(C=0.1, max_iter=500).fit(scaled[chosen], labels[chosen])
        accuracies.append(float(fitted.score(scaled[test], labels[test])))
        rest = np.setdiff1d(pool, chosen)
        began = time.perf_counter()
        picked = method(features[rest], fitted.predict_proba(scaled[rest]), ADDED * len(classes), 1000 * seed + number)
        seconds += time.perf_counter() - began
        chosen = np.concatenate([chosen, rest[picked]])
    return accuracies, seconds / (rounds + 1)


def table(sets: dict[str, tuple[np.ndarray, np.ndarray]], seeds: int, rounds: int) -> list[str]:
    """Return the rows of the table."""
    from scipy.stats import t

    rows = ["| data | method | accuracy | over random | at the end | seconds |", "|---|---|---|---|---|---|"]
    for name, (features, labels) in sets.items():
        found: dict[str, np.ndarray] = {}
        for method, choose in METHODS.items():
            each = [simulated(features, labels, choose, seed, rounds) for seed in range(seeds)]
            found[method] = np.array([accuracies for accuracies, _ in each])
            cells = [f"{100 * part.mean():.1f}" for part in (found[method][:, 1:], found[method][:, -1])]
            cells.insert(1, "")
            if method != RANDOM:
                gain = 100 * (found[method][:, 1:] - found[RANDOM][:, 1:]).mean(axis=1)
                half = t.ppf(0.975, seeds - 1) * gain.std(ddof=1) / np.sqrt(seeds)
                cells[1] = f"{gain.mean():+.1f} ({gain.mean() - half:+.1f} to {gain.mean() + half:+.1f})"
            seconds = np.mean([spent for _, spent in each])
            rows.append(f"| {name} | {method} | {' | '.join(cells)} | {seconds:.2f} |")
            print(rows[-1], file=sys.stderr, flush=True)
    return rows


def read_sets(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return features and labels of each set; they are written once to ``folder``."""
    import csv

    import strategy_suite
    from sklearn.datasets import load_digits

    import tlzoo

    folder.mkdir(parents=True, exist_ok=True)
    pictures, texts = folder / "stamps.npz", folder / "synopses.csv"
    if not texts.is_file():
        strategy_suite.write_pictures(pictures)
        strategy_suite.write_texts(texts)
    with texts.open(encoding="utf-8", newline="") as stream:
        sections = np.unique([row["section"] for row in csv.DictReader(stream)], return_inverse=True)[1]
    with np.load(pictures, allow_pickle=False) as stored:
        kinds = np.unique(stored["y"], return_inverse=True)[1]
    sources = ("digits:", f"arrays:{pictures}", f"table:{texts}?text=text&label=section")
    sizes = (None, 96, None)
    labels = (load_digits().target, kinds, sections)
    return {
        name: (tlzoo.features(source, backbone=entry, image_size=size).features, own)
        for (name, entry), source, size, own in zip(SETS.items(), sources, sizes, labels, strict=True)
    }


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the lines there too")
    arguments = parser.parse_args()
    rows = table(read_sets(arguments.folder.absolute()), arguments.seeds, arguments.rounds)
    print("\n".join(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
