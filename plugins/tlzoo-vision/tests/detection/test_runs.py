"""Runs on boxes: training, report, evaluation, predictions, resume and refusals."""

from __future__ import annotations

import json
import re
from pathlib import Path

import keras
import pytest
import requests
from made_progress import Telling
from PIL import Image

import tlzoo
from tlzoo.cli import main

HOW = {
    "backbone": "glyphnet",
    "weights": "random",
    "strategy": {"name": "feature-extraction", "rate": 0.01},
    "head": {"name": "fcos", "levels": 2, "units": 16},
    "augment": {"name": "light", "flip": True, "views": 2},
    "epochs": 12,
}


class InterruptedInItsSecondEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Stops a phase as Ctrl-C does."""

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        if epoch:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def folder(write_boxes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_boxes("coco", tmp_path_factory.mktemp("boxes") / "scenes", 32)


@pytest.fixture(scope="module")
def run(folder: Path) -> tlzoo.runs.Run:
    return tlzoo.train(data=f"boxes:{folder}", **HOW, out=folder.parent / "runs", export=["saved-model"])


@pytest.mark.slow
def test_a_run_on_boxes_reports_evaluates_predicts_and_serves(run, folder: Path, capsys) -> None:
    result = run.result
    assert (result["task"], result["head"], result["score"]) == ("detection", "fcos", "mAP")
    assert result["phases"][0]["mode"] == "cached views"
    assert result["phases"][0]["score"] == pytest.approx(result["validation"]["map"])
    assert list(result["test"]["per_class"]) == ["bright", "dark"]
    assert result["test"]["map_50"] > 0.35  # about 0 before training
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

    assert main(["predict", str(run.path), str(asked[1]), "--json"]) == 0
    (printed,) = json.loads(capsys.readouterr().out)
    assert printed["found"] == second["found"]
    assert printed["boxes"][0]["box"] == pytest.approx(second["boxes"][0]["box"], abs=1e-4)  # in a smaller batch

    (file,) = run.export("openvino")
    assert file.score == pytest.approx(file.run_score)
    card = json.loads((file.path.parent / "card.json").read_text())
    assert card["output"]["shape"] == [None, 100, 6]
    told = Telling()
    (exported,) = run.predict(asked[1], progress=told)
    assert any("predicting with exports/openvino" in note for note in told.notes)
    assert exported["boxes"][0]["box"] == pytest.approx(printed["boxes"][0]["box"], abs=1e-4)

    with run.serve(port=0, name="scenes", runtime="openvino") as server:
        served = requests.post(f"{server.url}/predict", data=asked[1].read_bytes(), timeout=60).json()
        model = requests.get(f"{server.url}/v1/models/scenes/metadata", timeout=60).json()
    assert served["predictions"][0]["boxes"][0]["box"] == pytest.approx(printed["boxes"][0]["box"], abs=1e-4)
    outputs = model["metadata"]["signature_def"]["signature_def"]["serving_default"]["outputs"]
    assert outputs["boxes"]["dtype"] == "DT_FLOAT"
    assert [each["size"] for each in outputs["boxes"]["tensor_shape"]["dim"]] == ["-1"] * 3


@pytest.mark.slow
def test_a_resumed_run_with_moved_boxes_equals_an_uninterrupted_one(run, folder: Path, tmp_path: Path) -> None:
    callbacks = [InterruptedInItsSecondEpoch()]
    with pytest.raises(KeyboardInterrupt):
        tlzoo.train(data=f"boxes:{folder}", **HOW, out=tmp_path, export=[], callbacks=callbacks)
    resumed = tlzoo.resume(next(tmp_path.iterdir()))
    assert resumed.test == run.test
    assert [each["score"] for each in resumed.result["phases"]] == [each["score"] for each in run.result["phases"]]


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
