"""Measurement of a file by a runtime that is replaced here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tlzoo.errors import ExportError
from tlzoo.export import LiteRT
from tlzoo.runs.exporting import measuring
from tlzoo.runs.exporting.samples import StoredSamples
from tlzoo.tasks import Classification, Metrics


def test_a_file_with_predictions_that_are_not_finite_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def worker(_exporter: object, _path: Path, _samples: object, answers: Path) -> dict[str, object]:
        np.save(answers, np.array([[np.nan, 1], [0, 1], [np.inf, 0]], np.float32))
        return {"runtime": True}

    monkeypatch.setattr(measuring, "_worker", worker)
    samples = StoredSamples({}, {}, np.array([[0, 1], [0, 1], [np.nan, 0]], np.float32), None, None)
    wanted = (
        r"litert:float16: the file's predictions are not finite for 1 of 3 test samples; use a more exact precision"
    )
    task, metrics = Classification(("a", "b")), Metrics.__new__(Metrics)
    with pytest.raises(ExportError, match=wanted):
        measuring.measure(LiteRT(precision="float16"), tmp_path, 1, samples, task, metrics, tmp_path)
