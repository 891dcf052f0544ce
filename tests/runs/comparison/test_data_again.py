"""Data in memory that are given again to compare runs."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_runs import made_run

import tlzoo
from tlzoo.data.adapters.memory.held import _recent
from tlzoo.errors import DataError, RunError


def test_data_in_memory_are_given_again(tmp_path: Path) -> None:
    frame = pd.DataFrame({"size": range(20), "label": [0, 1] * 10, "camera": ["old", "new"] * 10})
    held = tlzoo.data.in_memory(frame, numbers="size", label="label")
    samples, source = held.samples(), held.source
    answers = np.eye(2, dtype=np.float32)
    made = [
        made_run(tmp_path / name, samples.task, samples.labels, each, digests=samples.digests, data=source)
        for name, each in (("a", answers[samples.labels]), ("b", answers[samples.labels * 0]))
    ]
    del held
    _recent.clear()
    gc.collect()
    with pytest.raises(DataError, match="are not in this process; pass them again"):
        tlzoo.compare_runs(made, by="camera")
    found = tlzoo.compare_runs(made, by="camera", data=frame)
    assert [(each.value, each.count) for each in found.groups] == [("new", 10), ("old", 10)]
    with pytest.raises(RunError, match="but the run started with"):
        tlzoo.compare_runs(made, by="camera", data=frame[:10])
