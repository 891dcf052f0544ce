"""File format of a packaged table: 8-bit vectors with one scale and one score per token."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib.npyio import NpzFile

from tlzoo.errors import BytesRefusedError

__all__ = ["Table", "read_table", "write_table"]

_LARGEST = 127


class Table(NamedTuple):
    """Vectors float32 (tokens, size) and scores float32 (tokens,)."""

    vectors: np.ndarray
    scores: np.ndarray


def write_table(path: Path, table: Table) -> None:
    """Write a ``.npz``: int8 vectors, a float16 scale for each, and float16 scores.

    A vector is rounded to 127 steps of its largest component. The file is deterministic.
    """
    largest = np.abs(table.vectors).max(axis=1)
    scales = np.maximum(largest / _LARGEST, np.finfo(np.float16).tiny).astype(np.float16)
    steps = np.rint(table.vectors / scales.astype(np.float32)[:, np.newaxis])
    np.savez(
        path,
        vectors=np.clip(steps, -_LARGEST, _LARGEST).astype(np.int8),
        scales=scales,
        scores=table.scores.astype(np.float16),
    )


def read_table(path: Path) -> Table:
    """Return the table of such a file; raise BytesRefusedError for other files. Pickle is refused."""
    try:
        with path.open("rb") as stream, NpzFile(stream, allow_pickle=False) as arrays:
            vectors, scales, scores = arrays["vectors"], arrays["scales"], arrays["scores"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BytesRefusedError(f"{path} is not a table of vectors: {error}", "download the file again") from error
    kinds = [f"{each.dtype}{list(each.shape)}" for each in (vectors, scales, scores)]
    tokens = len(vectors) if vectors.ndim == 2 else 0  # noqa: PLR2004 - tokens by size
    if kinds != [f"int8{list(vectors.shape)}", f"float16[{tokens}]", f"float16[{tokens}]"]:
        raise BytesRefusedError(f"{path} is not a table of vectors: it contains {kinds}", "download the file again")
    return Table(vectors * scales.astype(np.float32)[:, np.newaxis], scores.astype(np.float32))
