"""Writes the model card: the text of `card.md` with figures of the weights, the log and the table."""

from __future__ import annotations

import argparse
import hashlib
import json
import string
import sys
from pathlib import Path

from pretrain import log as logs
from pretrain.fewshot import average, feature_maps
from pretrain.glyphs import bank, classes, evaluate, proxy, source_head
from pretrain.glyphs.characters import script
from pretrain.glyphs.fonts import HERE, faces
from pretrain.glyphs.sampling import training_drawings
from pretrain.glyphs.train import LOG
from pretrain.threads import use_threads
from tlzoo_vision.glyphnet import glyphnet

CARD = HERE.parents[1] / "tlzoo_vision" / "cards" / "glyphnet.glyphs.md"


def figures(glyphs: bank.Bank, machine: str) -> dict[str, str]:
    """Return the values of the placeholders in `card.md`, by name."""
    first, *entries = [json.loads(line) for line in LOG.read_text().splitlines()]
    batch_size = first["settings"]["batch_size"]
    seconds, before = 0.0, 0
    for entry in entries:
        seconds += (entry["step"] - before) * batch_size / entry["images_per_second"]
        before = entry["step"]
    codes, held_out = classes.read(), classes.read("heldout.txt")
    weights = evaluate.WEIGHTS.read_bytes()
    return {
        "machine": machine,
        "parameters": f"{glyphnet().count_params():,}",
        "bytes": f"{len(weights):,}",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "classes": f"{len(codes):,}",
        "scripts": str(len({script(code) for code in codes})),
        "held_out": str(len(held_out)),
        "drawings": f"{len(training_drawings(glyphs).labels):,}",
        "packages": str(len({face.package for face in faces()})),
        "families": str(len({face.family for face in faces()})),
        "steps": f"{before:,}",
        "decay": f"{first['settings']['decay']:,}",
        "batch_size": str(batch_size),
        "images": f"{before * batch_size / 1e6:.2f}",
        "minutes": str(round(seconds / 60)),
        "font_accuracy": f"{entries[-1]['held_out_accuracy']:.3f}",
        "head_bytes": f"{source_head.HEAD.stat().st_size:,}",
        "head_accuracy": f"{logs.read(source_head.LOG)[1][-1]['held_out_accuracy']:.3f}",
        "digits": "\n".join(evaluate.table(evaluate.WEIGHTS, poolings=True)),
        "proxy": "\n".join(_proxy(glyphs)),
    }


def _proxy(glyphs: bank.Bank) -> list[str]:
    images, labels = proxy.pictures(glyphs)
    trained = glyphnet(seed=0)
    trained.load_weights(evaluate.WEIGHTS)
    lines = ["| labelled pictures a class | " + " | ".join(map(str, proxy.SHOTS)) + " |", "|---|---|---|---|"]
    for name, model in {"same network, random weights": glyphnet(seed=0), "glyph features": trained}.items():
        vectors = average(feature_maps(model, images))
        cells = [f"{proxy.score(vectors, labels, shots, proxy.DECLARED_STRENGTH):.3f}" for shots in proxy.SHOTS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Write the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, default=bank.DEFAULT, help="where the drawings are kept")
    parser.add_argument("--machine", required=True, help="what it was trained and measured on, in plain words")
    arguments = parser.parse_args()
    use_threads(2)
    text = string.Template((HERE / "card.md").read_text())
    CARD.write_text(text.substitute(figures(bank.load(arguments.bank), arguments.machine)))
    sys.stdout.write(f"{CARD.name}\n")


if __name__ == "__main__":
    main()
