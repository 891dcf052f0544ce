"""The state of callbacks in checkpoints: numbers and arrays come back, and anything else is named."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras import callbacks

import tlzoo
from tlzoo.progress import Advance, Silent
from tlzoo.training.callback_state import CallbackStates
from tlzoo.training.phases import run as phase_run

FIELDS: dict[str, Any] = {"data": "digits:", "backbone": "glyphnet", "weights": "random", "per_class": 5, "epochs": 8}
FIELDS |= {"export": [], "strategy": {"name": "feature-extraction", "solver": "gradient", "rate": 0.03}}


class Counts(callbacks.Callback):
    def __init__(self, limit: int = 3) -> None:
        super().__init__()
        self.limit, self.seen, self.best, self.name = limit, 0, None, "a"
        self.losses: list[float] = []
        self.weights: list[np.ndarray] = []
        self.table: dict[str, int] = {}
        self.never: dict[str, int] = {}

    def run(self) -> Counts:
        self.seen, self.best, self.name, self.table = self.seen + 2, np.float32(np.inf), "b", {"a": 1}
        self.limit = -self.limit
        self.losses += [0.5, float("nan")]
        self.weights = [np.ones((2, 3), np.float32), np.zeros(2, np.int64)]
        return self


def states_of(*given: callbacks.Callback) -> CallbackStates:
    found = CallbackStates(given)
    found.begin()
    return found


def test_changed_numbers_and_arrays_are_restored() -> None:
    before = Counts()
    states = states_of(before)
    before.run()
    arrays, about = states.save()
    assert all(array.dtype.kind in "biuf" for array in arrays.values())
    assert set(about[0]["attributes"]) == {"seen", "best", "losses", "weights"}
    after = Counts(limit=9)
    notes = states_of(callbacks.Callback(), after).restore((arrays, about))
    assert (after.limit, after.seen, after.best, after.name) == (9, 2, np.inf, "a")
    assert after.losses == pytest.approx([0.5, np.nan], nan_ok=True)
    assert [each.tolist() for each in after.weights] == [[[1] * 3] * 2, [0, 0]]
    assert notes == ["the callback Counts starts again without name, table: checkpoints keep only numbers"]


def test_states_belong_to_callbacks_of_the_same_class_in_order() -> None:
    first, second = Counts(), Counts()
    states = states_of(first, callbacks.Callback(), second)
    second.run().run()
    first.run()
    saved = states.save()
    again = [Counts(), Counts()]
    states_of(*again).restore(saved)
    assert [each.seen for each in again] == [2, 4]


@pytest.mark.parametrize(
    "wrong",
    [
        {"attributes": {"seen": "object"}},
        {"attributes": {"seen": "array", "unknown": "number"}},
        {"attributes": {"seen": "number"}, "class": "Counts"},
        {"attributes": {"name": "number", "set_model": "number"}},
    ],
)
def test_a_changed_checkpoint_sets_only_numbers_that_the_callback_has(wrong: dict[str, Any]) -> None:
    callback = Counts()
    state = {"class": "Counts", "lost": [], **wrong}
    with contextlib.suppress(KeyError, ValueError):
        states_of(callback).restore(({"0.name": np.asarray(1), "0.set_model": np.asarray(1)}, [state]))
    assert callback.name == "a"
    assert callable(callback.set_model)
    assert not hasattr(callback, "unknown")


class Stopped(Silent):
    """Interrupts a run after its third epoch, as Ctrl-C does."""

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Advance]:
        epochs: list[int] = []

        def advance(done: int) -> None:
            epochs.extend([done] if unit == "epochs" and done == 1 else [])
            if len(epochs) == 3:
                raise KeyboardInterrupt

        yield advance


def stopping() -> callbacks.EarlyStopping:
    return callbacks.EarlyStopping("loss", min_delta=10, patience=4, restore_best_weights=True)


@pytest.mark.slow  # three runs
def test_early_stopping_has_its_remaining_patience_after_a_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phase_run, "_SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    whole = tlzoo.train(**FIELDS, callbacks=[stopping()], out=tmp_path / "whole")
    (phase,) = whole.result["phases"]
    assert (phase["epochs"], phase["stopped"]) == (5, "callback")
    with pytest.raises(KeyboardInterrupt):
        tlzoo.train(**FIELDS, callbacks=[stopping()], out=tmp_path / "parts", progress=Stopped())
    (folder,) = (tmp_path / "parts").iterdir()
    again = stopping()
    run = tlzoo.resume(folder, callbacks=[again])
    assert isinstance(run, tlzoo.Run)
    assert run.result["phases"][0]["epochs"] == 5
    assert again.stopped_epoch == 4
    assert run.test == whole.test
