"""Keep the answers of a run to its test samples, to compare it with other runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import TlzooError
from tlzoo.process.memory import format_bytes
from tlzoo.runs.files.answers import MOST_BYTES, TestAnswers, label_hashes, sample_digests, write_answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlzoo.data import Dataset
    from tlzoo.runs.files.paths import RunPaths
    from tlzoo.training import Evaluation

__all__ = ["keep_answers"]


def keep_answers(folder: RunPaths, data: Dataset | None, test: Evaluation, tell: Callable[[str], None]) -> None:
    """Write ``answers.npz``, if the task keeps answers and they are small enough.

    An error of the task becomes a note, and the run is finished without the file.
    """
    if data is None or test.labels is None or test.answers is None:
        return
    try:
        kept = data.task.kept_answers(test.labels, test.answers, test.metrics)
        if not kept:
            return
        arrays = {name: np.asarray(each) for name, each in kept.items()}
        _check(arrays, len(data.test))
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        said = " ".join(str(error).split())
        raised = "" if isinstance(error, TlzooError) else f"{type(data.task).__name__}.kept_answers raised "
        tell(f"the test answers are not kept, so the run cannot be compared: {raised}{type(error).__name__}: {said}")
        return
    names = [data.examples.name(int(each)) for each in data.test]
    answers = TestAnswers(names, sample_digests(data, data.test), label_hashes(data, data.test), arrays)
    if answers.nbytes > MOST_BYTES:
        size, most = format_bytes(answers.nbytes), format_bytes(MOST_BYTES)
        tell(f"the test answers are not kept, so the run cannot be compared: they need {size} of at most {most}")
        return
    write_answers(folder.answers, answers)


def _check(arrays: dict[str, np.ndarray], count: int) -> None:
    for name, each in arrays.items():
        if each.dtype.kind not in "biuf" or each.ndim < 1 or len(each) != count:
            raise ValueError(f"the array {name!r} is {each.dtype} {each.shape}, not numbers of {count} samples")
