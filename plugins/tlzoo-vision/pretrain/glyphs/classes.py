"""Chooses the classes: candidates of the glyph bank that do not look like another one. Writes `classes.txt`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pretrain.glyphs.bank import DEFAULT, Bank, load
from pretrain.glyphs.characters import HELD_OUT_SCRIPTS, script
from pretrain.glyphs.drawing import complexity
from pretrain.glyphs.fonts import HERE, faces

LEAST_DRAWINGS = 8
MOST_CLASSES = 3600  # those with the fewest strokes: intricate ones look the same at 8 pixels a side
ALIKE_IN_ONE_FONT = 0.965
ALIKE_ON_AVERAGE = 0.985
_COARSE = 12


def read(name: str = "classes.txt") -> list[int]:
    """Return the code points of a committed list, in its order: the label of a class is its position."""
    lines = (HERE / name).read_text().splitlines()
    return [int(line.split()[0].removeprefix("U+"), 16) for line in lines if not line.startswith("#")]


def distinct(bank: Bank) -> list[int]:
    """Return code points without look-alikes, in order; the most often drawn one of a group is kept."""
    drawings = Counter(bank.codes[~bank.held_out].tolist())
    vectors = _vectors(bank)
    twins = _twins_in_fonts(bank, vectors)
    for code, others in _twins_on_average(bank, vectors).items():
        twins[code] |= others
    kept: set[int] = set()
    for code, count in sorted(drawings.items(), key=lambda item: (-item[1], item[0])):
        if count >= LEAST_DRAWINGS and not twins[code] & kept:
            kept.add(code)
    trained = [code for code in kept if script(code) not in HELD_OUT_SCRIPTS]
    strokes = _strokes(bank)
    simplest = sorted(trained, key=lambda code: (strokes[code], code))[:MOST_CLASSES]
    return sorted({*simplest, *(kept.difference(trained))})


def _strokes(bank: Bank) -> dict[int, float]:
    """Return the median complexity of each character's drawings."""
    sums: defaultdict[int, list[int]] = defaultdict(list)
    for code, image in zip(bank.codes.tolist(), bank.images, strict=True):
        sums[code].append(complexity(image))
    return {code: float(np.median(values)) for code, values in sums.items()}


def _vectors(bank: Bank) -> NDArray[np.float32]:
    """Return coarse copies of the drawings as unit vectors, float32 (N, 144)."""
    count, side, _ = bank.images.shape
    block = side // _COARSE
    coarse = bank.images.reshape(count, _COARSE, block, _COARSE, block).mean(axis=(2, 4), dtype=np.float32)
    flat = coarse.reshape(count, -1)
    return np.asarray(flat / np.linalg.norm(flat, axis=1, keepdims=True), np.float32)


def _twins_in_fonts(bank: Bank, vectors: NDArray[np.float32]) -> defaultdict[int, set[int]]:
    """Return pairs that look alike in at least half of the fonts with both, by one face per family."""
    votes: Counter[tuple[int, int]] = Counter()
    faces_of: dict[int, set[int]] = defaultdict(set)
    heard: set[str] = set()
    for number in np.unique(bank.faces).tolist():
        if faces()[number].family in heard:
            continue
        heard.add(faces()[number].family)
        rows = np.flatnonzero(bank.faces == number)
        codes = bank.codes[rows].tolist()
        for code in codes:
            faces_of[code].add(number)
        alike = np.argwhere(np.triu(vectors[rows] @ vectors[rows].T > ALIKE_IN_ONE_FONT, k=1))
        votes.update((codes[first], codes[second]) for first, second in alike.tolist())
    twins: defaultdict[int, set[int]] = defaultdict(set)
    for (first, second), count in votes.items():
        if 2 * count >= len(faces_of[first] & faces_of[second]):
            twins[first].add(second)
            twins[second].add(first)
    return twins


def _twins_on_average(bank: Bank, vectors: NDArray[np.float32]) -> dict[int, set[int]]:
    """Return pairs with similar mean drawings, for characters that no font has both of."""
    codes, inverse = np.unique(bank.codes, return_inverse=True)
    means = np.zeros((len(codes), vectors.shape[1]), np.float32)
    np.add.at(means, inverse, vectors)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    alike = means @ means.T > ALIKE_ON_AVERAGE
    np.fill_diagonal(alike, val=False)
    return {int(code): set(codes[row].tolist()) for code, row in zip(codes, alike, strict=True)}


def main() -> None:
    """Choose the classes and write both lists."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, default=DEFAULT, help="where the drawings are kept")
    chosen = distinct(load(parser.parse_args().bank))
    for name, purpose, codes in (
        ("classes.txt", "Classes of the training", [c for c in chosen if script(c) not in HELD_OUT_SCRIPTS]),
        (
            "heldout.txt",
            "Never trained on: few-shot tasks for choosing designs",
            [c for c in chosen if script(c) in HELD_OUT_SCRIPTS],
        ),
    ):
        lines = [f"# {purpose}: {len(codes)} characters. Written by python -m pretrain.glyphs.classes."]
        lines += [f"U+{code:04X} {chr(code)}" for code in codes]
        (HERE / name).write_text("\n".join(lines) + "\n")
        sys.stdout.write(f"{name}: {len(codes)}: {Counter(script(code) for code in codes).most_common(12)}\n")


if __name__ == "__main__":
    main()
