"""Near duplicates of texts: equal except for case, punctuation and blanks, or with mostly the same characters.

Shingles are runs of five characters within words. Two texts are near duplicates if their sets of shingles have a
Jaccard similarity of 0.8 or more. Candidates come from MinHash with banding (Broder 1997; Leskovec et al., Mining of
Massive Datasets, section 3.4) and are compared exactly. 48 hashes in 12 bands of 4 find a pair at 0.8 with probability
0.998.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data.duplicates.clusters import candidate_pairs, connected_sets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tlzoo.data.contract import Array
    from tlzoo.data.duplicates.clusters import Cluster

NEAR = 0.8
_BANDS, _ROWS = 12, 4
_SHINGLE = 5
_BUCKETS = 2**20
_AT_ONCE = 2048
_MOST_CHARACTERS = 20_000
_FEWEST_SHINGLES = 10
_NO_WORD = re.compile(r"[\W_]+")


def near_texts(texts: Iterable[str], advance: Callable[[int], None] = lambda _done: None) -> list[Cluster]:
    """Return sets of positions of near duplicates, in the order of their first.

    Only the first 20,000 characters of a text count. A text with fewer than ten shingles is a near duplicate only of
    texts that are equal except for case, punctuation and blanks. ``advance`` receives the number of texts just read.
    """
    first_of: dict[str, int] = {}
    same: list[tuple[int, int]] = []
    waiting: list[str] = []
    kept: list[int] = []
    signatures: list[np.ndarray] = []
    shingles: list[Any] = []
    count = 0
    for count, text in enumerate(texts, start=1):
        plain = normalized(text[:_MOST_CHARACTERS])
        first = first_of.setdefault(plain, count - 1)
        if first != count - 1:
            same.append((first, count - 1))
        elif plain:
            waiting.append(plain)
            kept.append(count - 1)
        if len(waiting) == _AT_ONCE:
            _add(waiting, signatures, shingles)
            waiting.clear()
        if count % _AT_ONCE == 0:
            advance(_AT_ONCE)
    advance(count % _AT_ONCE)
    if waiting:
        _add(waiting, signatures, shingles)
    pairs = np.array(same, np.int64).reshape(-1, 2)
    if kept:
        pairs = np.concatenate([pairs, np.array(kept, np.int64)[_near(np.concatenate(signatures), shingles)]])
    return connected_sets(count, pairs)


def normalized(text: str) -> str:
    """Return a text without case, compatibility forms, punctuation and repeated blanks."""
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _add(texts: Sequence[str], signatures: list[np.ndarray], shingles: list[Any]) -> None:
    from sklearn.feature_extraction.text import HashingVectorizer

    vectorizer = HashingVectorizer(
        analyzer="char_wb", ngram_range=(_SHINGLE, _SHINGLE), n_features=_BUCKETS, binary=True, norm=None,
        alternate_sign=False, lowercase=False, dtype=np.float32,
    )  # fmt: skip
    table = vectorizer.transform(texts)
    table.sort_indices()
    shingles.append(table)
    signatures.append(_min_hashes(table))


def _min_hashes(table: Any) -> np.ndarray:
    """Return the minimum of each hash over the shingles of each row: uint32 (rows, 48)."""
    random = np.random.default_rng(0)
    factors, offsets = (random.integers(1, 2**63, _BANDS * _ROWS, dtype=np.uint64) | np.uint64(1) for _ in range(2))
    starts = table.indptr[:-1]
    empty = np.diff(table.indptr) == 0
    indices = np.append(table.indices, 0).astype(np.uint64)  # one more, because reduceat refuses a start at the end
    hashes = np.empty((table.shape[0], _BANDS * _ROWS), np.uint32)
    for at, (factor, offset) in enumerate(zip(factors, offsets, strict=True)):
        values = (indices * factor + offset) >> np.uint64(32)
        hashes[:, at] = np.minimum.reduceat(values, starts).astype(np.uint32)
    hashes[empty] = 0
    return hashes


def _near(signatures: np.ndarray, shingles: Sequence[Any]) -> Array:
    from scipy.sparse import vstack

    table = vstack(shingles, format="csr")
    sizes = np.diff(table.indptr)
    long = np.flatnonzero(sizes >= _FEWEST_SHINGLES)
    mix = np.uint64(0x9E3779B97F4A7C15)
    keys = []
    for band in range(_BANDS):
        key = np.zeros(len(long), np.uint64)
        for row in range(_ROWS):
            key = (key ^ signatures[long, band * _ROWS + row]) * mix
        keys.append(key)
    pairs = long[candidate_pairs(keys)]
    near = np.zeros(len(pairs), bool)
    for start in range(0, len(pairs), _AT_ONCE):
        some = pairs[start : start + _AT_ONCE]
        shared = np.asarray(table[some[:, 0]].multiply(table[some[:, 1]]).sum(axis=1)).reshape(-1)
        near[start : start + _AT_ONCE] = shared >= NEAR * (sizes[some].sum(axis=1) - shared)
    return pairs[near]
