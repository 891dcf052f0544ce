"""Sections of Debian's packages told by their one-line synopses: a packaged text backbone against TF-IDF.

    python tests/benchmarks/synopses.py [--shots 10,50,250] [--seeds 5] [--minilm ENTRY [--length 32]] [--json FILE]

The set is made of what `apt-cache dumpavail` lists (run `apt-get update` before): ten sections, one synopsis a source
package, so that no package stands beside its own documentation or library. 100 of each section are the test; of the
others as many as asked for (or all there are: some sections have less than 350) are the labels, drawn anew for each
seed. TF-IDF of words and pairs of words, its logistic regression tuned by cross-validation on the same labels, is
what has to be beaten. What tlzoo trains it is told no more: it takes its validation split out of the same labels.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["SECTIONS", "Draw", "draw", "main", "read_synopses"]

SECTIONS = ("admin", "fonts", "games", "graphics", "math", "net", "science", "sound", "text", "web")
TESTED = 100
PACKAGED = "text/static.minilm"
STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
_FIELD = re.compile(r"^(Package|Source|Section|Description(?:-en)?): (\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Draw:
    """Texts and sections to learn from, and to be tested on."""

    texts: list[str]
    labels: list[str]
    test_texts: list[str]
    test_labels: list[str]


def read_synopses(available: str) -> dict[str, list[str]]:
    """Return the synopses of each section in what ``apt-cache dumpavail`` prints, in the order of package names."""
    packages = []
    for paragraph in available.split("\n\n"):
        fields = {name.removesuffix("-en"): value for name, value in _FIELD.findall(paragraph)}
        if fields.get("Section") in SECTIONS and "Description" in fields:
            source = fields.get("Source", fields["Package"]).split()[0]
            packages.append((fields["Package"], source, fields["Section"], fields["Description"]))
    found: dict[str, list[str]] = {section: [] for section in SECTIONS}
    sources, synopses = set(), set()
    for _, source, section, synopsis in sorted(packages):
        if source not in sources and synopsis.lower() not in synopses:
            sources.add(source)
            synopses.add(synopsis.lower())
            found[section].append(synopsis)
    return found


def draw(synopses: dict[str, list[str]], shots: int, seed: int) -> Draw:
    """Draw the test of a seed, the same for every number of labels, and the labels: those of fewer are among more."""
    made = Draw([], [], [], [])
    for position, section in enumerate(SECTIONS):
        order = np.random.default_rng((seed, position)).permutation(len(synopses[section]))
        if len(order) < 2 * TESTED:
            sys.exit(f"{section}: {len(order)} synopses, {2 * TESTED} are needed; run apt-get update")
        texts = [synopses[section][each] for each in order]
        made.test_texts.extend(texts[:TESTED])
        made.texts.extend(texts[TESTED : TESTED + shots])
        made.test_labels.extend([section] * TESTED)
        made.labels.extend([section] * len(texts[TESTED : TESTED + shots]))
    return made


def tf_idf(drawn: Draw, _seed: int) -> float:
    """Return the accuracy of tuned logistic regression on words and pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return _regression(vectorizer.fit_transform(drawn.texts), vectorizer.transform(drawn.test_texts), drawn)


def features_of(entry: str, length: int | None = None) -> Callable[[Draw, int], float]:
    """Return what tunes the same logistic regression on an entry's features."""
    from tlzoo.backbones import LoadRequest, load_backbone, pool

    backbone = load_backbone(entry, LoadRequest(sequence_length=length))

    def measured(drawn: Draw, _seed: int) -> float:
        import keras
        import tensorflow as tf

        model = keras.Model(backbone.model.input, pool(backbone.features, list(backbone.model.outputs)))

        def made(texts: list[str]) -> np.ndarray:
            prepared = [backbone.preprocessing.prepare(tf.constant(each)) for each in texts]
            parts = [prepared[start : start + 256] for start in range(0, len(prepared), 256)]
            outputs = [model(backbone.preprocessing.normalize(tf.stack(part)), training=False) for part in parts]
            return np.concatenate([each.numpy() for each in outputs])

        train, test = made(drawn.texts), made(drawn.test_texts)
        mean, scale = train.mean(axis=0), train.std()
        return _regression((train - mean) / scale, (test - mean) / scale, drawn)

    return measured


def trained(
    entry: str, strategy: str, epochs: int, folder: Path, length: int | None = None
) -> Callable[[Draw, int], float]:
    """Return what trains an entry with tlzoo; nothing is exported."""
    from tlzoo.runs.executing.train import train_recipe
    from tlzoo.runs.recipe import read_recipe

    def measured(drawn: Draw, seed: int) -> float:
        table = folder / "synopses.csv"
        with table.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("text", "section", "split"))
            writer.writerows((*row, "train") for row in zip(drawn.texts, drawn.labels, strict=True))
            writer.writerows((*row, "test") for row in zip(drawn.test_texts, drawn.test_labels, strict=True))
        source = f"table:{table}?text=text&label=section&split=split"
        values = {"data": source, "backbone": entry, "strategy": strategy, "epochs": epochs, "sequence_length": length}
        recipe = read_recipe(None, {**values, "seed": seed, "export": []})
        run = train_recipe(recipe, out=folder / "runs")
        return float(run.test["accuracy"])

    return measured


def _regression(train: object, test: object, drawn: Draw) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    search = GridSearchCV(LogisticRegression(max_iter=200, tol=1e-3), {"C": STRENGTHS}, cv=3)
    return float(search.fit(train, drawn.labels).score(test, drawn.test_labels))


def rows(arguments: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Callable[[Draw, int], float]]]:
    """Yield the name of each row of the table with what measures it."""
    yield "TF-IDF, tuned logistic regression", tf_idf
    yield f"{PACKAGED}, tuned logistic regression", features_of(PACKAGED)
    yield f"{PACKAGED}, head only", trained(PACKAGED, "feature-extraction", 40, folder)
    yield f"{PACKAGED}, fine-tuned", trained(PACKAGED, "fine-tune", 20, folder)
    if arguments.minilm:
        name, length = arguments.minilm, arguments.length
        yield f"{name}, tuned logistic regression", features_of(name, length)
        yield f"{name}, head only", trained(name, "feature-extraction", 40, folder, length)
        yield f"{name}, fine-tuned", trained(name, "fine-tune", 8, folder, length)
    else:
        print("all-MiniLM-L6-v2 is left out: name an entry whose files are here with --minilm", file=sys.stderr)


def main() -> None:
    """Measure all rows and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", default="10,50,250", help="labels a section")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--minilm", metavar="ENTRY", help="an entry of all-MiniLM-L6-v2 whose files are here")
    parser.add_argument("--length", type=int, help="word pieces that its texts are cut to; a synopsis has about twelve")
    parser.add_argument("--only", default="", help="measure the rows whose names hold this")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    available = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    synopses = read_synopses(available)
    shots = [int(each) for each in arguments.shots.split(",")]
    table: dict[str, dict[int, list[float]]] = {}
    with tempfile.TemporaryDirectory(prefix="tlzoo-synopses-") as folder:
        for name, measured in rows(arguments, Path(folder)):
            if arguments.only not in name:
                continue
            began = time.perf_counter()
            table[name] = {
                each: [measured(draw(synopses, each, seed), seed) for seed in range(arguments.seeds)] for each in shots
            }
            print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    counts = {section: len(synopses[section]) for section in SECTIONS}
    if arguments.json:
        about = {
            "synopses": counts,
            "seeds": arguments.seeds,
            "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        }
        arguments.json.write_text(json.dumps({**about, "accuracy": table}, indent=1) + "\n", "utf-8")
    print("\n".join(lines(table, shots)))


def lines(table: dict[str, dict[int, list[float]]], shots: list[int]) -> Iterator[str]:
    """Yield the table in Markdown: mean and standard deviation over the seeds."""
    yield "| labels a section | " + " | ".join(map(str, shots)) + " |"
    yield "|---" * (len(shots) + 1) + "|"
    for name, figures in table.items():
        cells = [f"{np.mean(figures[each]):.3f} ± {np.std(figures[each]):.3f}" for each in shots]
        yield f"| {name} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
