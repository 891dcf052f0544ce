"""Compares ways of training with the same number of pictures seen; judged on the proxy alone."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from pretrain.colour import bank, pictures
from pretrain.colour.judging import STRENGTHS, best_strength, features, results
from pretrain.colour.train import run
from pretrain.colour.trainer import Settings
from pretrain.threads import use_threads
from tlzoo_vision.colournet import LAST_LEARNED, colournet

UNTRAINED = "random weights"
RESULTS = Path(__file__).parent / "recipes.json"
SHOTS = (5, 10, 20)
PALETTE_FACTORS = (0.0, 0.125, 0.25, 0.5, 1.0)
SIDE = 40  # of the pictures in pixels, trained and judged
SMALL = Settings(steps=250, decay=150, rate=2e-3, small=SIDE, large=SIDE)
_EVERYTHING = replace(SMALL, things=0.7, scenes=0.1, formulas=0.2, formula_loss=1.0)
RECIPES = {
    "words": replace(SMALL, things=1.0, scenes=0.0, pair_loss=0.0),
    "pairs": replace(_EVERYTHING, word_loss=0.0, formula_loss=0.0),
    "words and pairs": replace(SMALL, things=0.85, scenes=0.15),
    "words, pairs and formulas": _EVERYTHING,
    "formulas": replace(_EVERYTHING, things=0.0, scenes=0.0, formulas=1.0, word_loss=0.0, pair_loss=0.0),
}


def main() -> None:
    """Train each recipe and write down how it did; recipes that are written down are not trained again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", nargs="*", help="all where none is named")
    parser.add_argument("--bank", type=Path, default=bank.DEFAULT, help="where the pictures are kept")
    parser.add_argument("--palette", type=Path, help="instead, judge the palette beside these weights")
    arguments = parser.parse_args()
    use_threads(2, "float32" if arguments.palette else "mixed_bfloat16")
    if arguments.palette:
        sys.stdout.write(f"{judge_palette(arguments.palette, pictures.drawings())}\n")
        return
    artwork, proxy = bank.load(arguments.bank), pictures.drawings()
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {UNTRAINED: judge(None, proxy)}
    for name in arguments.recipe or RECIPES:
        if name in known:
            continue
        folder = arguments.bank.parent / "recipes" / name.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        weights = folder / "weights.weights.h5"
        run(RECIPES[name], artwork, log=folder / "log.jsonl", checkpoints=folder, weights=weights)
        known[name] = judge(weights, proxy)
        RESULTS.write_text(json.dumps(known, indent=1) + "\n")
        sys.stdout.write(f"{name}: {known[name]}\n")
        sys.stdout.flush()


def judge_palette(weights: Path, proxy: pictures.Pictures) -> dict[float, float]:
    """Mean accuracy on the proxy at 20 a class by what the palette is multiplied with, beside what it is already."""
    model = colournet(seed=0)
    model.load_weights(weights)
    vectors = features(model, proxy)
    learned = model.get_layer(LAST_LEARNED).output.shape[-1]
    judged = {}
    for factor in PALETTE_FACTORS:
        changed = np.concatenate([vectors[:, :learned], factor * vectors[:, learned:]], axis=1)
        judged[factor] = max(float(np.mean(results(changed, proxy, 20, strength, draws=5))) for strength in STRENGTHS)
    return judged


def judge(weights: Path | None, proxy: pictures.Pictures) -> dict[str, float]:
    """Mean accuracy of the learned features on the proxy by labelled pictures a class; None: random weights."""
    model = colournet(SIDE, seed=0)
    if weights is not None:
        model.load_weights(weights)
    vectors = features(keras.Model(model.input, model.get_layer(LAST_LEARNED).output), proxy)
    strength = best_strength(vectors, proxy)
    return {str(shots): round(float(np.mean(results(vectors, proxy, shots, strength))), 4) for shots in SHOTS}


if __name__ == "__main__":
    main()
