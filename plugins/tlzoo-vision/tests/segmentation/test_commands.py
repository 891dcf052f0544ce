"""What commands make of masks: descriptions, or a refusal in one line with the reason."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tlzoo.cli import main
from tlzoo.data import Samples
from tlzoo.errors import ExportError
from tlzoo.export import LiteRT
from tlzoo.runs.exporting import measuring
from tlzoo.runs.exporting.samples import StoredSamples
from tlzoo.tasks import Metrics, TaskOptions
from tlzoo.zoo.feature_files import write_features
from tlzoo.zoo.features import Extraction
from tlzoo_vision.segmentation.masks import IGNORED
from tlzoo_vision.segmentation.task import Segmentation, mask_labels

NO_METRICS = Metrics.__new__(Metrics)


@pytest.mark.parametrize("words", [["rank"], ["compare", "glyphnet", "efficientnet-lite0"]])
def test_scores_for_one_label_a_sample_are_refused_in_one_line(scans: Path, words: list[str], capsys) -> None:
    assert main([*words, "--data", f"masks:{scans}", "--quiet"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "is segmentation, but scores need one class per sample; compare short runs instead" in line


def test_feature_files_describe_masks(tmp_path: Path) -> None:
    task, labels = Segmentation.read([np.zeros((4, 4)), np.eye(4)], None, "data")

    class Examples:
        modality = "vision"

        def __len__(self) -> int:
            return 2

        def name(self, index: int) -> str:
            return f"{index}.png"

    samples = Samples("masks:made", task, Examples(), labels, np.zeros((2, 32), np.uint8))
    extraction = Extraction(np.zeros((2, 3), np.float32), {"last": 3})
    write_features(tmp_path / "features.npz", samples, extraction, "vision/made")
    with np.load(tmp_path / "features.npz", allow_pickle=False) as stored:
        assert stored["labels"].tolist() == ["class 0 100%", "class 0 75%, class 1 25%"]
        assert json.loads(str(stored["about"]))["task"] == "segmentation"


def test_an_exported_file_is_measured_on_masks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task, draw = Segmentation(("a", "b")), np.random.default_rng(0)
    labels = draw.integers(0, 2, (6, 4, 4)).astype(np.uint8)
    own = np.eye(2, dtype=np.float32)[labels]
    its = own.copy()
    its[0, 0, :2] = its[0, 0, :2, ::-1]

    def worker(_exporter: object, _path: Path, _samples: object, answers: Path) -> dict[str, object]:
        np.save(answers, its)
        return {"runtime": True}

    monkeypatch.setattr(measuring, "_worker", worker)
    criterion = task.criterion(mask_labels([]), TaskOptions(), {})
    samples = StoredSamples({}, {}, own, labels, lambda answers: criterion.metrics(labels, answers))
    exporter, metrics = LiteRT(precision="int8"), criterion.metrics(labels, own)
    found, _ = measuring.measure(exporter, tmp_path, 1, samples, task, metrics, tmp_path)
    assert (found.run_accuracy, found.accuracy) == (1, pytest.approx(1 - 2 / 16 / 6))
    assert (found.changed, found.difference) == (pytest.approx(2 / 16), 1)
    assert (found.score_name, found.run_score) == ("mean IoU", 1)
    assert found.drop.value == pytest.approx(2 / 16 / 6)
    assert found.drop.value < found.drop.upper < 0.6
    its[2, 0, 0] = its[4, 1, 1] = np.nan
    with pytest.raises(ExportError, match="predictions are not finite for 2 of 6 test samples"):
        measuring.measure(exporter, tmp_path, 1, samples, task, metrics, tmp_path)


def test_accuracy_and_changed_labels_of_maps_are_shares_of_pixels() -> None:
    task = Segmentation(("a", "b"))
    labels = np.array([[[0, 1], [1, IGNORED]], [[0, 0], [0, 0]], np.full((2, 2), IGNORED)], np.uint8)
    own = np.eye(2, dtype=np.float32)[np.array([[[0, 1], [0, 0]], [[0, 0], [0, 1]], [[0, 0], [0, 0]]])]
    its = np.eye(2, dtype=np.float32)[np.array([[[0, 1], [0, 1]], [[0, 0], [0, 0]], [[0, 0], [0, 0]]])]
    assert task.right_answers(labels, own, NO_METRICS).tolist() == [pytest.approx(2 / 3), 0.75, 1]
    assert task.equal_answers(own, its, NO_METRICS).tolist() == [0.75, 0.75, 1]
    assert task.answers_fit(own.shape, 3)
    assert not task.answers_fit((3, 2), 3)
    assert not task.answers_fit(own.shape, 2)
