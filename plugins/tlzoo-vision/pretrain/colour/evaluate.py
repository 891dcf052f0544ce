"""The tables on two sets of pictures: 5, 10, 20 and 50 labelled ones a class, ten draws; fewer from scratch.

The strength of each regression is chosen on the proxy, and so was everything else that could be chosen.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
import numpy as np

from pretrain.colour import pictures, scratch
from pretrain.colour.judging import (
    SHOTS,
    Array,
    best_strength,
    features,
    gradients_and_colours,
    members,
    pixels,
    results,
)
from pretrain.threads import use_threads
from tlzoo_vision.colournet import LAST_LEARNED, colournet

WEIGHTS = Path(__file__).parents[2] / "tlzoo_vision" / "weights" / "colournet.artwork.weights.h5"
RESULTS = Path(__file__).parent / "results.json"
SETS = ("stamps", "emoji")
SCRATCH = "same network, from scratch (weak baseline)"
SCRATCH_DRAWS = {5: 1, 10: 1, 20: 2, 50: 1}

Results = dict[str, dict[str, dict[str, list[float]]]]
"""Set, row, labelled pictures a class: accuracy of each draw."""


def judge(weights: Path) -> Results:
    """Judge features and the baselines of the same kind on both sets."""
    random, trained = colournet(seed=0), colournet(seed=0)
    trained.load_weights(weights)
    learned = keras.Model(trained.input, trained.get_layer(LAST_LEARNED).output)
    rows: dict[str, Callable[[pictures.Pictures], Array]] = {
        "pixels": pixels,
        "HOG and colour histograms": gradients_and_colours,
        "same network, random weights": partial(features, random),
        "ColourNet, the learned channels alone": partial(features, learned),
        "ColourNet features": partial(features, trained),
    }
    proxy = pictures.drawings()
    strengths = {name: best_strength(row(proxy), proxy) for name, row in rows.items()}
    sys.stderr.write(f"strengths, chosen on the proxy: {strengths}\n")
    judged: Results = {}
    for name in SETS:
        shown = pictures.SETS[name]()
        judged[name] = {
            row: {str(shots): results(vectors, shown, shots, strengths[row]) for shots in SHOTS}
            for row, vectors in ((row, compute(shown)) for row, compute in rows.items())
        }
    return judged


def judge_scratch() -> tuple[Results, float]:
    """Judge the network trained from random weights on both sets, printing each result; also the learning rate."""
    rate = scratch.best_rate(pictures.drawings())
    sys.stderr.write(f"learning rate, chosen on the proxy: {rate}\n")
    judged: Results = {}
    for name in SETS:
        shown = pictures.SETS[name]()
        judged[name] = {SCRATCH: {}}
        for shots in SHOTS:
            draws = [scratch.result(shown, shots, seed, rate) for seed in range(SCRATCH_DRAWS[shots])]
            judged[name][SCRATCH][str(shots)] = draws
            sys.stderr.write(f"{name}, {shots} a class, from scratch: {draws}\n")
    return judged, rate


def tables(judged: Results) -> dict[str, list[str]]:
    """Lines of a Markdown table for each set: mean and standard deviation over the draws."""
    lines = {}
    for name, rows in judged.items():
        lines[name] = [
            "| labelled pictures a class | " + " | ".join(map(str, SHOTS)) + " |",
            "|---" * (len(SHOTS) + 1) + "|",
            *(
                f"| {row} | " + " | ".join(_cell(shots.get(str(n), [])) for n in SHOTS) + " |"
                for row, shots in rows.items()
            ),
        ]
    return lines


def _cell(draws: list[float]) -> str:
    """Mean and standard deviation, the mean alone of a single draw, empty where nothing was measured."""
    if len(draws) > 1:
        return f"{np.mean(draws):.3f} ± {np.std(draws):.3f}"
    return f"{draws[0]:.3f}" if draws else ""


def counts(name: str) -> dict[int, tuple[int, int]]:
    """For each number of labelled pictures: how many classes of a set take part, and how many pictures they have."""
    shown = pictures.SETS[name]()
    taken = {shots: members(shown, shots) for shots in SHOTS}
    return {shots: (len(chosen), int(np.isin(shown.labels, chosen).sum())) for shots, chosen in taken.items()}


def main() -> None:
    """Judge what is asked for, add it to the results, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the backbone's weights")
    parser.add_argument("--scratch", action="store_true", help="judge the network trained from scratch instead")
    parser.add_argument("--results", type=Path, default=RESULTS, help="kept here")
    parser.add_argument("--threads", type=int, default=2, help="of TensorFlow")
    arguments = parser.parse_args()
    use_threads(arguments.threads)
    known = json.loads(arguments.results.read_text()) if arguments.results.exists() else {"sets": {}}
    if arguments.scratch:
        judged, known["scratch_rate"] = judge_scratch()
    else:
        judged = judge(arguments.weights)
        known["sha256"] = hashlib.sha256(arguments.weights.read_bytes()).hexdigest()
    for name, rows in judged.items():
        known["sets"][name] = known["sets"].get(name, {}) | rows
    arguments.results.write_text(json.dumps(known, indent=1) + "\n")
    for name, lines in tables(known["sets"]).items():
        sys.stdout.write("\n".join([name, "", *lines, "", ""]))


if __name__ == "__main__":
    main()
