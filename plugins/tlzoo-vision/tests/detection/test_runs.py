"""Runs on boxes: training, report, evaluation, predictions, resume and refusals."""

from __future__ import annotations

import json
import re
from pathlib import Path

import keras
import pytest
from PIL import Image

import tlzoo
from tlzoo.cli import main

HOW = {"backbone": "glyphnet", "weights": "random", "strategy": "feature-extraction"}


class InterruptedInItsSecondEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Stops a phase as Ctrl-C does."""

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        if epoch:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def folder(write_boxes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_boxes("coco", tmp_path_factory.mktemp("boxes") / "scenes", 32)


@pytest.mark.slow
def test_a_run_on_boxes_reports_evaluates_and_predicts(folder: Path, capsys) -> None:
    run = tlzoo.train(data=f"boxes:{folder}", **HOW, epochs=8, out=folder.parent / "runs", export=["saved-model"])
    result = run.result
    assert (result["task"], result["head"], result["score"]) == ("detection", "fcos", "mAP")
    assert result["phases"][0]["mode"] == "cached features"
    assert result["phases"][0]["score"] == pytest.approx(result["validation"]["map"])
    assert list(result["test"]["per_class"]) == ["bright", "dark"]
    assert result["test"]["map_50"] > 0.5  # about 0 before training
    assert run.evaluate() == run.test
    page = (run.path / "report.html").read_text()
    assert "missed, wrong or inexact boxes" in page
    assert page.count("data:image/webp") >= 6

    asked = [folder / "images/0.png", folder / "images/1.png", folder / "missing.png"]
    first, second, missing = run.predict(asked, out=folder.parent / "found")
    assert ("file" in missing, missing["boxes"]) == (False, None)
    assert second["boxes"][0]["score"] >= second["boxes"][-1]["score"] >= 0.05
    left, top, right, bottom = first["boxes"][0]["box"]
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1
    with Image.open(first["file"]) as picture:
        assert picture.size == (350, 300)

    assert main(["predict", str(run.path), str(asked[1])]) == 0
    assert second["found"] in capsys.readouterr().out
    assert main(["predict", str(run.path), str(asked[1]), "--json"]) == 0
    (printed,) = json.loads(capsys.readouterr().out)
    assert printed["boxes"][0]["label"] == second["boxes"][0]["label"]


@pytest.mark.slow
def test_a_resumed_run_with_moved_boxes_equals_an_uninterrupted_one(folder: Path, tmp_path: Path) -> None:
    how = HOW | {"strategy": "fine-tune", "augment": "strong", "head": {"name": "fcos", "levels": 1, "units": 16}}
    how |= {"data": f"boxes:{folder}", "epochs": 4, "batch_size": 16, "export": []}
    whole = tlzoo.train(**how, out=tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        tlzoo.train(**how, out=tmp_path / "cut", callbacks=[InterruptedInItsSecondEpoch()])
    resumed = tlzoo.resume(next((tmp_path / "cut").iterdir()))
    assert resumed.test == whole.test
    assert [each["score"] for each in resumed.result["phases"]] == [each["score"] for each in whole.result["phases"]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--head", "mlp"], "the head 'mlp' returns a vector, but detection of .* needs boxes; heads for boxes: fcos"),
        (["--head", "fpn"], "the head 'fpn' returns a map, but detection of .* needs boxes"),
        (["--augment", "light", "-A", "rotate=9"], "is detection, which rotate cannot augment; leave out rotate"),
        (["--balance", "class-weights"], "is detection: it has no classes to balance by 'class-weights'"),
        (["--loss", "mse"], "is detection, which has no loss 'mse'"),
        (["--per-class", "2"], "is detection: a number of labels per class needs classes"),
    ],
)
def test_what_does_not_fit_boxes_is_refused_in_one_line(
    folder: Path, words: list[str], message: str, capsys, tmp_path: Path
) -> None:
    command = ["train", "--data", f"boxes:{folder}", "--backbone", "glyphnet", "--weights", "random"]
    assert main([*command, *words, "--quiet", "--out", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert re.search(message, line)
