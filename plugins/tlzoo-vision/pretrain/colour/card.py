"""Writes the model card: its text from `card.md`, its figures from the weights, the logs, the bank and the results."""

from __future__ import annotations

import argparse
import hashlib
import json
import string
import sys
from pathlib import Path

import numpy as np

from pretrain import log
from pretrain.colour import bank, pictures, recipes
from pretrain.colour.evaluate import RESULTS, SETS, WEIGHTS, Results, counts, tables
from pretrain.colour.sources import HERE, used
from pretrain.colour.train import LOG
from pretrain.threads import use_threads
from tlzoo_vision.colournet import colournet

CARD = HERE.parents[1] / "tlzoo_vision" / "cards" / "colournet.artwork.md"
OURS, PART = "ColourNet features", "ColourNet, the learned channels alone"
SHOTS = "20"
CLEARLY = 0.03  # more than any standard deviation between draws at 20 a class
CHANCE = 0.02  # about the standard deviation between draws


def figures(artwork: bank.Bank, machine: str) -> dict[str, str]:
    """Gather what `card.md` leaves open, by name."""
    judged: Results = json.loads(RESULTS.read_text())["sets"]
    shown = tables(judged)
    things, scenes, _ = artwork.counts.tolist()
    weights = WEIGHTS.read_bytes()
    return {
        "machine": machine,
        "verdict": verdict(judged),
        "parameters": f"{colournet().count_params():,}",
        "bytes": f"{len(weights):,}",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "things": f"{things:,}",
        "scenes": f"{scenes:,}",
        "words": f"{len(artwork.vocabulary):,}",
        "left_out": str(artwork.left_out),
        "packages": str(len(used())),
        **_training(),
        **_recipes(),
        "stamps": "\n".join(shown["stamps"]),
        "emoji": "\n".join(shown["emoji"]),
        "stamp_counts": _counts("stamps"),
        "emoji_counts": _counts("emoji"),
    }


def verdict(judged: Results) -> str:
    """Say how it does at 20 a class against the best of the other rows, on each set, and what follows."""
    parts, gains = [], []
    for name in SETS:
        means = {row: float(np.mean(shots[SHOTS])) for row, shots in judged[name].items() if SHOTS in shots}
        ours = means.pop(OURS)
        means.pop(PART, None)
        best = max(means, key=lambda row: means[row])
        gains.append(ours - means[best])
        parts.append(f"{ours:.3f} against {means[best]:.3f} ({best}) on {name}")
    said = f"Accuracy of a linear head on 20 labelled pictures a class: {', '.join(parts)}."
    if min(gains) >= CLEARLY:
        return said
    return f"{said} It does not beat all of them clearly on both sets, and so the entry is tagged experimental."


def _training() -> dict[str, str]:
    first, entries = log.read(LOG)
    settings = first["settings"]
    seconds, before = 0.0, 0
    views = 2 * int(settings["batch_size"])
    for entry in entries:
        seconds += (entry["step"] - before) * views / entry["views_per_second"]
        before = int(entry["step"])
    small = sum(1 for step in range(before) if step < settings["large_from"] * settings["steps"])
    return {
        "steps": f"{before:,}",
        "views": str(views),
        "million": f"{before * views / 1e6:.2f}",
        "small": str(settings["small"]),
        "large": str(settings["large"]),
        "large_steps": f"{before - small:,}",
        "decay": f"{settings['decay']:,}",
        "minutes": str(round(seconds / 60)),
    }


def _recipes() -> dict[str, str]:
    known = json.loads(recipes.RESULTS.read_text())
    lines = ["| labelled pictures a class | " + " | ".join(map(str, recipes.SHOTS)) + " |"]
    lines.append("|---" * (len(recipes.SHOTS) + 1) + "|")
    lines += [
        f"| {name} | " + " | ".join(f"{value:.3f}" for value in shots.values()) + " |" for name, shots in known.items()
    ]
    return {
        "recipes": "\n".join(lines),
        "recipe_views": f"{2 * recipes.SMALL.batch_size * recipes.SMALL.steps:,}",
        "recipe_side": str(recipes.SIDE),
        "recipe_verdict": _recipe_verdict({name: shots[SHOTS] for name, shots in known.items()}),
        "proxy_pictures": str(len(pictures.drawings().labels)),
    }


def _recipe_verdict(means: dict[str, float]) -> str:
    untrained = means.pop(recipes.UNTRAINED)
    best, spread = max(means, key=lambda name: means[name]), max(means.values()) - min(means.values())
    if spread > CHANCE:
        return f"The best at {SHOTS} a class: {best}."
    gain = max(means.values()) - untrained
    return (
        f"At {SHOTS} a class they differ by {spread:.3f} at most, and the best is {gain:.3f} above random weights: "
        "after so few views that is chance, and the comparison decided nothing. Words and pairs together were taken "
        "because one batch serves both losses."
    )


def _counts(name: str) -> str:
    parts = [
        f"at {shots} a class {classes} classes, {count} pictures" for shots, (classes, count) in counts(name).items()
    ]
    return "; ".join(parts)


def main() -> None:
    """Write the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, default=bank.DEFAULT, help="where the pictures are kept")
    parser.add_argument("--machine", required=True, help="what it was trained and measured on, in plain words")
    arguments = parser.parse_args()
    use_threads(2)
    text = string.Template((HERE / "card.md").read_text())
    CARD.write_text(text.substitute(figures(bank.load(arguments.bank), arguments.machine)))
    sys.stdout.write(f"{CARD.name}\n")


if __name__ == "__main__":
    main()
