"""``answers.npz`` of a run: its answers to the test samples, with their names and hashes."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.artifacts.formats.npz import check_arrays
from tlzoo.errors import BytesRefusedError
from tlzoo.files.atomic import atomic_write
from tlzoo.files.format_number import FORMAT_KEY, without_format

if TYPE_CHECKING:
    from tlzoo.data import Dataset

__all__ = ["MOST_BYTES", "TestAnswers", "label_hashes", "read_answers", "sample_digests", "write_answers"]

MOST_BYTES = 2**26
"""Limit of the file: answers that need more are not kept."""

_DIGEST, _LABEL = 16, 8
_KEPT = "kept:"
_FORMAT = f"__{FORMAT_KEY}__"
_DAMAGED = (
    *(KeyError, ValueError, TypeError, IndexError, OverflowError),
    *(EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error),
)


@dataclass(frozen=True, slots=True, eq=False)
class TestAnswers:
    """Answers to N test samples.

    ``names`` are their names in reports, ``digests`` uint8 (N, 16) the beginnings of their SHA-256, ``labels`` uint8
    (N, 8) those of their labels. ``kept`` are the arrays of the task (N, …).
    """

    names: Sequence[str]
    digests: np.ndarray
    labels: np.ndarray
    kept: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.names)

    def rows(self, positions: np.ndarray) -> TestAnswers:
        """Return the answers at these positions, in this order."""
        return TestAnswers(
            [self.names[int(each)] for each in positions],
            self.digests[positions],
            self.labels[positions],
            {name: values[positions] for name, values in self.kept.items()},
        )

    @property
    def nbytes(self) -> int:
        """The size in bytes."""
        kept = sum(each.nbytes for each in self.kept.values())
        return kept + self.digests.nbytes + self.labels.nbytes + sum(len(each.encode()) + 8 for each in self.names)


def sample_digests(data: Dataset, positions: np.ndarray) -> np.ndarray:
    """Return the hashes of the inputs at these positions, as in the file."""
    return np.ascontiguousarray(data.samples.digests[positions, :_DIGEST])


def label_hashes(data: Dataset, positions: np.ndarray) -> np.ndarray:
    """Return the hashes of the labels at these positions, as in the file."""
    keys = np.ascontiguousarray(data.task.label_keys(data.labels[positions]))
    hashes = [hashlib.sha256(each.tobytes()).digest()[:_LABEL] for each in keys]
    return np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, _LABEL)


def write_answers(path: Path, answers: TestAnswers) -> None:
    """Write the answers atomically, as arrays without pickle."""
    names = [each.encode("utf-8", "backslashreplace") for each in answers.names]
    arrays: dict[str, Any] = {_FORMAT: np.array(1), "digests": answers.digests, "labels": answers.labels}
    arrays |= {"names": np.frombuffer(b"".join(names), np.uint8), "ends": np.cumsum([len(each) for each in names])}
    arrays |= {f"{_KEPT}{name}": values for name, values in answers.kept.items()}
    with atomic_write(path) as stream:
        np.savez(stream, **arrays)


def read_answers(path: Path) -> TestAnswers:
    """Return the answers in a file. Raises BytesRefusedError if it is damaged, FileNotFoundError if it is missing."""
    if path.stat().st_size > 2 * MOST_BYTES:
        raise BytesRefusedError(f"{path} has more than {2 * MOST_BYTES:,} bytes", "train again")
    try:
        with path.open("rb") as stream:
            check_arrays(stream, str(path))
            stream.seek(0)
            with np.load(stream, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        without_format({FORMAT_KEY: int(arrays.pop(_FORMAT))}, str(path))
        return _read(arrays)
    except _DAMAGED as error:
        raise BytesRefusedError(
            f"{path} is damaged ({type(error).__name__}: {error})", "restore the file, or train again"
        ) from error


def _read(arrays: Mapping[str, np.ndarray]) -> TestAnswers:
    digests, labels, text, ends = (arrays[name] for name in ("digests", "labels", "names", "ends"))
    count = len(digests)
    shapes = ((digests, (count, _DIGEST)), (labels, (count, _LABEL)), (text, (len(text),)))
    if any(each.dtype != np.uint8 or each.shape != shape for each, shape in shapes):
        raise ValueError("hashes or names have a wrong type or shape")
    starts = np.concatenate([[0], ends]) if count else np.zeros(1, np.int64)
    if ends.shape != (count,) or ends.dtype.kind != "i" or (np.diff(starts) < 0).any() or starts[-1] != len(text):
        raise ValueError("the ends of names do not fit")
    content = text.tobytes()
    names = [content[starts[at] : starts[at + 1]].decode("utf-8") for at in range(count)]
    kept = {name.removeprefix(_KEPT): each for name, each in arrays.items() if name.startswith(_KEPT)}
    if not kept or any(each.ndim < 1 or len(each) != count for each in kept.values()):
        raise ValueError("answers of another number of samples")
    return TestAnswers(names, digests, labels, kept)
