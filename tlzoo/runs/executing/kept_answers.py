"""Keep the answers of a run to its test samples, to compare it with other runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import TlzooError
from tlzoo.process.memory import format_bytes
from tlzoo.runs.files.answers import MOST_BYTES, TestAnswers, label_hashes, sample_digests, write_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tlzoo.data import Dataset
    from tlzoo.runs.files.paths import RunPaths
    from tlzoo.tasks import Labels, Metrics
    from tlzoo.training import Evaluation

__all__ = ["keep_answers"]

_NOT_KEPT = "the test answers are not kept, so the run cannot be compared"


def keep_answers(folder: RunPaths, data: Dataset | None, test: Evaluation, tell: Callable[[str], None]) -> None:
    """Write ``answers.npz``, if the task keeps answers and they are small enough.

    An error of the task or of the examples becomes a note, and the run is finished without the file.
    """
    if data is None or test.labels is None or test.answers is None:
        return
    try:
        answers = _answers(data, test.labels, test.answers, test.metrics)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        said = " ".join(str(error).split())
        own = isinstance(error, _RaisedError | TlzooError)
        tell(f"{_NOT_KEPT}: {said if own else f'{type(error).__name__}: {said}'}")
        return
    if answers is None:
        return
    if answers.nbytes > MOST_BYTES:
        tell(f"{_NOT_KEPT}: they need {format_bytes(answers.nbytes)} of at most {format_bytes(MOST_BYTES)}")
        return
    write_answers(folder.answers, answers)


class _RaisedError(Exception):
    """An error of a plugin, with the name of the method that raised it."""


def _answers(data: Dataset, labels: Labels, answers: np.ndarray, metrics: Metrics) -> TestAnswers | None:
    """Return the answers to keep; None if the task keeps none. Raises _RaisedError for errors of plugins."""
    task = type(data.task).__name__
    with _naming(f"{task}.kept_answers"):
        kept = data.task.kept_answers(labels, answers, metrics)
        arrays = {name: np.asarray(each) for name, each in kept.items()} if kept else {}
        _check(arrays, len(data.test))
    if not arrays:
        return None
    with _naming(f"{type(data.examples).__name__}.name"):
        names = [str(data.examples.name(int(each))) for each in data.test]
    with _naming(f"{task}.label_keys"):
        hashes = label_hashes(data, data.test)
        if len(hashes) != len(names):
            raise ValueError(f"{len(hashes)} keys of {len(names)} labels")
    return TestAnswers(names, sample_digests(data, data.test), hashes, arrays)


@contextmanager
def _naming(owner: str) -> Iterator[None]:
    """Name the method of a plugin that raises an error, as in ``Grades.label_keys``."""
    try:
        yield
    except TlzooError:
        raise
    except Exception as error:
        raise _RaisedError(f"{owner} raised {type(error).__name__}: {error}") from error


def _check(arrays: dict[str, np.ndarray], count: int) -> None:
    for name, each in arrays.items():
        if each.dtype.kind not in "biuf" or each.ndim < 1 or len(each) != count:
            raise ValueError(f"the array {name!r} is {each.dtype} {each.shape}, not numbers of {count} samples")
