"""Calibration, label sets and intervals: fitted, kept, exported, and fitted again after an interruption."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import tlzoo
from tlzoo import Run
from tlzoo.errors import BytesRefusedError, DataError, UsageError
from tlzoo.runs.executing import finish
from tlzoo.runs.files.hashes import finish_folder

DATA = load_digits()
ROWS = ((DATA.data / 16).astype(np.float32), DATA.target)
HOW = {"backbone": "numeric/identity.raw", "strategy": "feature-extraction", "epochs": 5, "per_class": 10}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("runs")
    return tlzoo.train(ROWS, calibrate=True, coverage="80%", export=["keras", "saved-model"], out=out, **HOW)


def test_ten_labels_a_class_calibrate_a_solved_head(run: Run) -> None:
    assert run.recipe.calibrate == "temperature"
    decision = json.loads((run.path / "decision.json").read_text())
    assert decision.keys() == {"format", "scale", "scores", "coverage"}
    assert [len(each) for each in decision["scores"]] == [run.result["examples"]["validation"]]
    assert 0.5 < decision["scale"][0] < 0.95
    test, before = run.test, run.test["uncalibrated"]
    assert test["log_loss"] < before["log_loss"]
    assert test["calibration_error"] < before["calibration_error"]
    assert "before" in (run.path / "report.html").read_text()
    assert run.evaluate() == test
    assert "uncalibrated" not in run.evaluate(split="validation")


def test_every_answer_is_calibrated(run: Run) -> None:
    import keras

    rows, labels = ROWS[0][:300], ROWS[1][:300]
    answers = run.predict(list(rows))
    served = np.array([list(each["probabilities"].values()) for each in answers])
    np.testing.assert_allclose(run.model.predict(rows, verbose=0), served, atol=1e-5)
    assert any(isinstance(layer, keras.layers.Rescaling) for layer in run.model.layers)
    elsewhere = run.evaluate((rows, labels))
    expected = -np.log(served[np.arange(300), labels]).mean()
    assert elsewhere["log_loss"] == pytest.approx(expected, rel=1e-4)


def test_sets_are_part_of_every_prediction_and_have_other_coverages_on_request(run: Run) -> None:
    rows, labels = ROWS[0][:200], ROWS[1][:200]
    usual, likelier = run.predict(list(rows)), run.predict(list(rows), coverage="95%")
    for one, other in zip(usual, likelier, strict=True):
        assert set(one["set"]) <= set(other["set"])
        limit = min((one["probabilities"][name] for name in one["set"]), default=1)
        assert [name for name, share in one["probabilities"].items() if share >= limit] == one["set"]
    covered = np.mean([str(label) in one["set"] for one, label in zip(usual, labels, strict=True)])
    measured = run.test["coverage"]
    assert measured["asked"] == 0.8
    assert covered == pytest.approx(measured["coverage"], abs=0.06)
    assert measured["interval"][0] < measured["coverage"] < measured["interval"][1]
    assert sum(row["examples"] for row in measured["rows"].values()) == run.test["examples"]
    assert "Promised 80.0 %" in (run.path / "report.html").read_text()
    (unreadable,) = run.predict(["1,2"])
    assert unreadable.keys() == {*usual[0], "error"}
    assert unreadable["set"] is None
    with pytest.raises(DataError, match="has 20 held-out labels, but a coverage of 99 % needs at least 99"):
        run.predict(rows[:1], coverage=0.99)


def test_numbers_have_intervals(tmp_path: Path) -> None:
    how = {"backbone": "numeric/identity.raw", "strategy": "feature-extraction", "epochs": 2, "export": ["saved-model"]}
    rows = ROWS[0][:400]
    numbers = rows[:, 20] + rows[:, 30] + np.random.default_rng(0).normal(size=400)
    run = tlzoo.train((rows, numbers), out=tmp_path, **how)
    assert run.test["coverage"]["asked"] == 0.9
    (answer,) = run.predict(rows[:1], coverage="90%")
    ((name, value),) = answer["predictions"].items()
    low, high = answer["intervals"][name]
    assert (low + high) / 2 == pytest.approx(value, abs=1e-5)
    assert high - low == pytest.approx(run.test["coverage"]["size"], rel=1e-5)
    assert "intervals" not in run.predict(rows[:1])[0]
    assert run.predict(["1,2"], coverage="90%")[0]["intervals"] is None


def test_a_run_that_is_interrupted_after_training_is_calibrated_the_same(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(finish, "keep_answers", stop)
        with pytest.raises(KeyboardInterrupt):
            tlzoo.train(ROWS, calibrate="temperature", coverage=0.8, export=[], out=tmp_path, **HOW)
    (folder,) = tmp_path.iterdir()
    resumed = tlzoo.resume(folder, data=ROWS)
    assert (folder / "decision.json").read_bytes() == (run.path / "decision.json").read_bytes()
    assert resumed.test == run.test

    (folder / "decision.json").write_text('{"format": 1, "scale": [0.5, 0.5]}')
    with pytest.raises(BytesRefusedError, match=r"decision\.json"):
        resumed.evaluate()
    finish_folder(folder, (folder / "result.json").read_text())
    with pytest.raises(BytesRefusedError, match=r"the decision of .* is damaged: .* 2 numbers in scale for 10"):
        resumed.evaluate()


def test_without_held_out_samples_it_is_refused(tmp_path: Path) -> None:
    how = HOW | {"per_class": 2, "optimizer": "sgd"}
    with pytest.raises(UsageError, match="no validation split to calibrate on"):
        tlzoo.train(ROWS, calibrate="vector", export=[], out=tmp_path, **how)
