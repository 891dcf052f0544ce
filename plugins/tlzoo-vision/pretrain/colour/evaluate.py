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
from typing import Any

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
SCRATCH = "same network, from scratch"
SCRATCH_DRAWS = 1
DECIDES = 20
"""Labelled pictures a class by which the card judges; the first to be measured from scratch."""

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


def judge_scratch(known: dict[str, Any], keep: Callable[[], None], draws: int) -> None:
    """Add the network trained from random weights to what is known, a draw at a time; `keep` is called after each.

    Trials of settings and draws that are there already are not made again.
    """
    trials: dict[scratch.Settings, float] = {
        scratch.Settings(**trial["settings"]): trial["accuracy"] for trial in known.get("scratch_trials", [])
    }

    def keep_trials() -> None:
        known["scratch_trials"] = [
            {"settings": settings.as_dict(), "accuracy": accuracy} for settings, accuracy in trials.items()
        ]
        sys.stderr.write(f"proxy: {known['scratch_trials'][-1]}\n")
        keep()

    settings = scratch.chosen(pictures.drawings(), trials, keep_trials)
    if known.setdefault("scratch", settings.as_dict()) != settings.as_dict():
        raise SystemExit(f"the draws that are there are of other settings: remove the row {SCRATCH!r} and `scratch`")
    shown = {name: pictures.SETS[name]() for name in SETS}
    cells = [(shots, name) for shots in sorted(SHOTS, key=lambda shots: shots != DECIDES) for name in SETS]
    for seed in range(draws):
        for shots, name in cells:
            row = known["sets"].setdefault(name, {}).setdefault(SCRATCH, {})
            measured = row.setdefault(str(shots), [])
            if len(measured) <= seed:
                measured.append(scratch.result(shown[name], shots, seed, settings))
                sys.stderr.write(f"{name}, {shots} a class, draw {seed}, from scratch: {measured[-1]:.4f}\n")
                keep()


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
    parser.add_argument("--draws", type=int, default=SCRATCH_DRAWS, help="from scratch; ten otherwise")
    parser.add_argument("--results", type=Path, default=RESULTS, help="kept here")
    parser.add_argument("--threads", type=int, default=2, help="of TensorFlow")
    arguments = parser.parse_args()
    use_threads(arguments.threads)
    known = json.loads(arguments.results.read_text()) if arguments.results.exists() else {"sets": {}}

    def keep() -> None:
        arguments.results.write_text(json.dumps(known, indent=1) + "\n")

    if arguments.scratch:
        judge_scratch(known, keep, arguments.draws)
    else:
        for name, rows in judge(arguments.weights).items():
            known["sets"][name] = known["sets"].get(name, {}) | rows
        known["sha256"] = hashlib.sha256(arguments.weights.read_bytes()).hexdigest()
        keep()
    for name, lines in tables(known["sets"]).items():
        sys.stdout.write("\n".join([name, "", *lines, "", ""]))


if __name__ == "__main__":
    main()
