"""Runs on masks: training, report, evaluation, predictions, resume and refusals."""

from __future__ import annotations

import json
import re
from pathlib import Path

import keras
import numpy as np
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
def folder(write_masks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_masks(tmp_path_factory.mktemp("masks") / "scans")


@pytest.fixture(scope="module")
def run(folder: Path) -> tlzoo.runs.Run:
    return tlzoo.train(data=f"masks:{folder}", **HOW, epochs=8, out=folder.parent / "runs", export=["saved-model"])


@pytest.mark.slow
def test_a_run_on_masks_reports_evaluates_and_predicts(run, folder: Path, capsys) -> None:
    result = run.result
    assert (result["task"], result["head"], result["score"]) == ("segmentation", "fpn", "mean IoU")
    assert result["phases"][0]["mode"] == "cached features"
    assert result["phases"][0]["score"] == pytest.approx(result["validation"]["mean_iou"])
    assert list(result["test"]["per_class"]) == ["ground", "bright", "grey"]
    assert result["test"]["mean_iou"] > 0.35  # 0.28 by predicting the ground alone
    assert run.evaluate() == run.test
    page = (run.path / "report.html").read_text()
    assert "lowest mean IoU" in page
    assert page.count("data:image/webp") >= 6

    asked = [folder / "images/0.png", folder / "images/1.png", folder / "missing.png"]
    first, second, missing = run.predict(asked, out=folder.parent / "found")
    assert Path(second["file"]).name == "1.png"
    assert sum(first["shares"].values()) == pytest.approx(1)
    assert ("file" in missing, missing["probabilities"]) == (False, None)
    with Image.open(first["file"]) as mask:
        assert mask.size == (37, 30)
        assert set(np.unique(np.asarray(mask))) <= {0, 1, 2}

    assert main(["predict", str(run.path), str(asked[0]), "--json"]) == 0
    (printed,) = json.loads(capsys.readouterr().out)
    assert printed["shares"].keys() == {"ground", "bright", "grey"}


@pytest.mark.slow
def test_a_resumed_run_with_augmented_masks_equals_an_uninterrupted_one(folder: Path, tmp_path: Path) -> None:
    how = HOW | {"strategy": "fine-tune", "head": "linear-map", "augment": "strong", "balance": "class-weights"}
    how |= {"data": f"masks:{folder}", "epochs": 4, "batch_size": 8, "export": []}
    whole = tlzoo.train(**how, out=tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        tlzoo.train(**how, out=tmp_path / "cut", callbacks=[InterruptedInItsSecondEpoch()])
    resumed = tlzoo.resume(next((tmp_path / "cut").iterdir()))
    assert resumed.test == whole.test
    assert [each["score"] for each in resumed.result["phases"]] == [each["score"] for each in whole.result["phases"]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--head", "mlp"],
            "the head 'mlp' returns a vector, but segmentation of .* needs a map; heads for a map: fpn",
        ),
        (["--augment", "light", "-A", "mixup=0.2"], "is segmentation, which mixup cannot augment; leave out mixup"),
        (["--balance", "focal"], "is segmentation, which cannot be balanced by 'focal'; valid: none, class-weights"),
        (["--loss", "mse"], "is segmentation, which has no loss 'mse'"),
        (["--per-class", "2"], "is segmentation: a number of labels per class needs classes"),
    ],
)
def test_what_does_not_fit_masks_is_refused_in_one_line(
    folder: Path, words: list[str], message: str, capsys, tmp_path: Path
) -> None:
    command = ["train", "--data", f"masks:{folder}", "--backbone", "glyphnet", "--weights", "random"]
    assert main([*command, *words, "--quiet", "--out", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert re.search(message, line)
