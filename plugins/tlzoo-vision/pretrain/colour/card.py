"""Writes the model card: its text from `card.md`, its figures from the weights, the logs, the bank and the results."""

from __future__ import annotations

import argparse
import hashlib
import json
import string
import sys
from pathlib import Path
from typing import Any

import numpy as np

from pretrain import log
from pretrain.colour import bank, pictures, recipes, scratch
from pretrain.colour.evaluate import RESULTS, SCRATCH, SETS, WEIGHTS, Results, counts, tables
from pretrain.colour.sources import HERE, used
from pretrain.colour.train import LOG
from pretrain.threads import use_threads
from tlzoo_vision.colournet import colournet

CARD = HERE.parents[1] / "tlzoo_vision" / "cards" / "colournet.artwork.md"
OURS, PART = "ColourNet features", "ColourNet, the learned channels alone"
SHOTS = "20"
DECIDES = 0.02  # recipes closer together than this are not told apart


def figures(artwork: bank.Bank, machine: str) -> dict[str, str]:
    """Gather what `card.md` leaves open, by name."""
    measured = json.loads(RESULTS.read_text())
    judged: Results = measured["sets"]
    shown = tables(judged)
    things, scenes, _ = artwork.counts.tolist()
    weights = WEIGHTS.read_bytes()
    return {
        "machine": machine,
        "verdict": verdict(judged),
        "losses": losses(judged),
        "scratch_row": SCRATCH,
        **scratch_figures(measured["scratch"], measured["scratch_trials"], judged),
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
    """Say how it does at 20 a class against the best of the other rows, on each set, and where it loses."""
    parts, lost = [], []
    for name in SETS:
        means = {row: float(np.mean(shots[SHOTS])) for row, shots in judged[name].items() if SHOTS in shots}
        ours = means.pop(OURS)
        means.pop(PART, None)
        best = max(means, key=lambda row: means[row])
        parts.append(f"{ours:.3f} against {means[best]:.3f} ({best}) on {name}")
        if ours <= means[best]:
            lost.append(f"{best} on {name}")
    said = f"Accuracy of a linear head on {SHOTS} labelled pictures a class: {', '.join(parts)}."
    if not lost:
        return said
    return f"{said} ColourNet loses to {' and to '.join(lost)}; therefore the entry is experimental."


def losses(judged: Results) -> str:
    """List the rows, besides its own part, with a higher mean than ColourNet, and at how many pictures; a line each."""
    lines = []
    for name in SETS:
        ours = judged[name][OURS]
        for row, measured in judged[name].items():
            where = [shots for shots, draws in measured.items() if np.mean(draws) > np.mean(ours[shots])]
            if where and row != PART:
                lines.append(f"- {name}, {', '.join(where)} a class: {row} have the higher accuracy.")
    return "\n".join(lines)


def scratch_figures(settings: dict[str, Any], trials: list[dict[str, Any]], judged: Results) -> dict[str, str]:
    """Say how the network from scratch was trained, what was tried, where the choice is at its edge, and its draws."""
    numbers = {name: values for name, values in scratch.TRIED.items() if not isinstance(values[0], str)}
    edges = [name for name, values in numbers.items() if settings[name] in {min(values), max(values)}]
    lines = ["| " + " | ".join(scratch.TRIED) + " | accuracy |", "|---" * (len(scratch.TRIED) + 1) + "|"]
    lines += [
        "| " + " | ".join(str(trial["settings"][name]) for name in scratch.TRIED) + f" | {trial['accuracy']:.3f} |"
        for trial in trials
    ]
    draws = {len(draws) for rows in judged.values() for draws in rows[SCRATCH].values()}
    return {
        "scratch_batch": str(scratch.BATCH_SIZE),
        "scratch_choice": f"draws: {scratch.DRAWS_OF_CHOICE}, at {scratch.SHOTS_OF_CHOICE} a class",
        "scratch_settings": ", ".join(f"{name} {settings[name]}" for name in scratch.TRIED),
        "scratch_edges": ", ".join(edges) or "none",
        "scratch_trials": "\n".join(lines),
        "scratch_draws": " to ".join(str(count) for count in sorted({min(draws), max(draws)})),
    }


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
    trained = [mean for name, mean in means.items() if name != recipes.UNTRAINED]
    spread = max(trained) - min(trained)
    decided = "" if spread > DECIDES else ", so the comparison decided nothing"
    return f"At {SHOTS} a class the {len(trained)} recipes differ by at most {spread:.2f}{decided}."


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
