"""CPU seconds of `tlzoo train --seeds N` against one run, with cached features.

    OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 python tests/benchmarks/run_sets.py

A linear head on frozen features, without exports: photographs of 256 pixels on EfficientNet-Lite0, digits on GlyphNet,
and a table of texts on static.minilm. One run fills the cache and is not counted. Then each command runs in a process
of its own, `--rounds` times; the table has the least of its CPU seconds. `start` is the import of TensorFlow and Keras.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from photographs import make_photographs

CLASSES = 3
WORDS = 40
OWN_SHARE = 0.15
"""Share of the words of a text that depend on its class."""


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=["photographs", "digits", "texts"])
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["TLZOO_CACHE"] = str(folder / "cache")
        start = min(cpu_seconds("-c", "import tensorflow, keras") for _ in range(asked.rounds))
        print(f"start: {start:.1f} s\n\n| data | one run | {asked.seeds} seeds | ratio | ratio without start |")
        print("|---|---|---|---|---|", flush=True)
        for case in asked.cases:
            words = ["-m", "tlzoo", "train", *arguments(case, folder, asked), "--out", str(folder / "runs"), "--quiet"]
            words += ["--strategy", "feature-extraction"]
            sets = [*words, "--seeds", str(asked.seeds)]
            alone = [*words, "--export", "none"]
            cpu_seconds(*alone)  # fills the cache
            one, several = (min(cpu_seconds(*each) for _ in range(asked.rounds)) for each in (alone, sets))
            within = (several - start) / (one - start)
            print(f"| {case} | {one:.1f} s | {several:.1f} s | {several / one:.2f} | {within:.2f} |", flush=True)


def arguments(case: str, folder: Path, asked: argparse.Namespace) -> list[str]:
    """Write the data of a case, and return the options for data and backbone."""
    if case == "photographs":
        make_photographs(folder / case, asked.images, width=256, height=256)
        return ["--data", f"images:{folder / case}", "--backbone", "vision/efficientnet-lite0.imagenet"]
    if case == "digits":
        return ["--data", "digits:", "--backbone", "vision/glyphnet.glyphs"]
    write_texts(folder / "texts.csv", asked.texts)
    return ["--data", f"table:{folder / 'texts.csv'}?text=text&label=label", "--backbone", "text/static.minilm"]


def write_texts(file: Path, count: int) -> None:
    """Write distinct texts of twelve words; a few words of each are drawn from those of its class."""
    draw = np.random.default_rng(0)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text", "label"))
        for number in range(count):
            label = number % CLASSES
            own = draw.random(12) < OWN_SHARE
            drawn = np.where(own, WORDS + label * WORDS, 0) + draw.integers(0, WORDS, 12)
            writer.writerow((" ".join(VOCABULARY[each] for each in drawn) + f" {number}", f"class {label}"))


def _vocabulary() -> list[str]:
    """Return words of two syllables."""
    sounds = [first + vowel for first in "bdfgklmnprstvw" for vowel in "aeiou"]
    return [one + other for one in sounds for other in sounds][:: len(sounds) * len(sounds) // (WORDS * (CLASSES + 1))]


VOCABULARY = _vocabulary()


def cpu_seconds(*words: str) -> float:
    """Return the CPU seconds of Python with these arguments, on all cores together."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
