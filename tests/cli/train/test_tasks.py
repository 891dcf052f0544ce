"""Runs on several labels, on numbers and on uneven classes, from the archive to predictions."""

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tlzoo import Run, train
from tlzoo.errors import BytesRefusedError
from tlzoo.runs.files.hashes import finish_folder

HOW = {
    "backbone": "glyphnet",
    "strategy": {"name": "feature-extraction"},
    "epochs": 15,
    "batch_size": 32,
    "export": ["saved-model"],
}


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures with an upright bar, a lying one, both or neither, as bright as a number says, in three archives."""
    folder = tmp_path_factory.mktemp("bars")
    draw = np.random.default_rng(0)
    tags = (draw.random((160, 2)) < (0.5, 0.4)).astype(np.float32)
    bright = draw.uniform(0, 1, 160)
    x = draw.integers(0, 12, (160, 32, 32)).astype(np.uint8)
    for image, (upright, lying), light in zip(x, tags, bright, strict=True):
        at = draw.integers(6, 26, 2)
        image[4:28, at[0] - 2 : at[0] + 2] = np.maximum(image[4:28, at[0] - 2 : at[0] + 2], 240 * upright)
        image[at[1] - 2 : at[1] + 2, 4:28] = np.maximum(image[at[1] - 2 : at[1] + 2, 4:28], 240 * lying)
        image[:3] = 255 * light
    np.savez(folder / "tags.npz", x=x, y=tags, classes=["upright", "lying"])
    prices = 1000 + 500 * np.stack([bright, tags[:, 0] - tags[:, 1]], axis=1)
    np.savez(folder / "prices.npz", x=x, y=prices, targets=["price", "tax"], weights=draw.uniform(0.5, 1.5, 160))
    rare = np.flatnonzero((tags[:, 0] == 0) | (np.arange(160) < 40))
    np.savez(folder / "uneven.npz", x=x[rare], y=np.where(tags[rare, 0] > 0, "upright", "other"))
    Image.fromarray(x[0]).save(folder / "one.png")
    (folder / "none.png").write_text("no image")
    return folder


@pytest.mark.slow
def test_several_labels(bars: Path, tmp_path: Path, tlzoo) -> None:
    run = train(data=f"arrays:{bars}/tags.npz", out=tmp_path, **HOW)
    test = run.test
    assert test["mean_average_precision"] > 0.8
    assert list(test["per_class"]) == ["upright", "lying"]
    assert run.result["task"] == "multi-label"
    assert run.result["phases"][0]["score"] > 0.7
    assert run.evaluate()["mean_average_precision"] == pytest.approx(test["mean_average_precision"])

    good, bad = json.loads(tlzoo("predict", run.path, bars / "one.png", bars / "none.png", "--json").out)
    assert good["labels"] == [name for name, share in good["probabilities"].items() if share >= 0.5]
    assert (bad["labels"], bad["probabilities"]) == (None, None)
    assert "not an image" in bad["error"]
    serving = tf.saved_model.load(str(run.path / "serving")).signatures["serving_default"]
    served = serving(images=tf.constant([(bars / "one.png").read_bytes()]))
    np.testing.assert_allclose(served["probabilities"][0], list(good["probabilities"].values()), rtol=1e-5)

    assert "mean average precision" in tlzoo("evaluate", run.path, "--data", f"arrays:{bars}/tags.npz").out
    assert "Average precision" in (run.path / "report.html").read_text()
    (bars / "new.csv").write_text("picture\none.png\n")
    (listed,) = json.loads(tlzoo("predict", run.path, "--file", f"{bars}/new.csv?image=picture", "--json").out)
    assert listed["probabilities"] == pytest.approx(good["probabilities"], rel=1e-4)
    other = tlzoo("evaluate", run.path, "--data", f"arrays:{bars}/prices.npz")
    assert (other.code, "is regression, but the model learned multi-label" in other.last) == (1, True)


@pytest.mark.slow
def test_thresholds_are_tuned_on_validation_and_stored(bars: Path, tmp_path: Path, tlzoo) -> None:
    words = ("--data", f"arrays:{bars}/tags.npz", "--backbone", "glyphnet", "--strategy", "feature-extraction")
    how = ("--weights", "random", "--thresholds", "validation", "--export", "saved-model")
    done = tlzoo("train", *words, *how, "--out", tmp_path, "--json")
    assert done.code == 0, done.err
    (path,) = tmp_path.iterdir()
    run = Run(path)
    thresholds = {name: each["threshold"] for name, each in run.test["per_class"].items()}
    assert 0.5 not in thresholds.values()
    assert {name: each["threshold"] for name, each in run.result["validation"]["per_class"].items()} == thresholds
    assert run.evaluate()["per_class"] == run.test["per_class"]
    elsewhere = run.evaluate(f"arrays:{bars}/tags.npz")
    assert {name: each["threshold"] for name, each in elsewhere["per_class"].items()} == thresholds
    assert f"{thresholds['lying']:.3g}" in tlzoo("runs", "show", path).out

    with np.load(bars / "tags.npz") as archive:
        for number, image in enumerate(archive["x"][:40]):
            Image.fromarray(image).save(tmp_path / f"{number}.png")
    for answer in run.predict([tmp_path / f"{number}.png" for number in range(40)]):
        shares = answer["probabilities"]
        assert answer["labels"] == [name for name, share in shares.items() if share >= thresholds[name]]

    refused = tlzoo("train", *words[2:], "--data", f"arrays:{bars}/uneven.npz", "--thresholds", "validation")
    assert refused.code == 2
    assert "is classification, which has no thresholds" in refused.last


def test_numbers_cannot_be_calibrated(bars: Path, tmp_path: Path, tlzoo) -> None:
    words = ("train", "--data", f"arrays:{bars}/prices.npz", "--backbone", "glyphnet", "--out", tmp_path)
    refused = tlzoo(*words, "--calibrate")
    assert refused.code == 2
    assert "is regression, which has no probabilities of classes to calibrate; leave calibrate out" in refused.last
    assert "temperature" in tlzoo(*words, "--calibrate", "platt").last


@pytest.mark.slow
def test_numbers_in_their_own_units(bars: Path, tmp_path: Path, tlzoo) -> None:
    run = train(data=f"arrays:{bars}/prices.npz", out=tmp_path, loss="huber", **HOW)
    test = run.test
    assert test["r2"] > 0.3
    assert 10 < test["per_target"]["price"]["mae"] < 200
    assert run.evaluate()["rmse"] == pytest.approx(test["rmse"], rel=1e-5)

    (answer,) = run.predict([bars / "one.png"])
    assert list(answer["predictions"]) == ["price", "tax"]
    assert 700 < answer["predictions"]["price"] < 1800
    with np.load(bars / "prices.npz") as archive:
        np.savez(tmp_path / "again.npz", x=archive["x"][:1], y=archive["y"][:1, ::-1], targets=["tax", "price"])
        truth = archive["y"][0]
    again = run.evaluate(f"arrays:{tmp_path}/again.npz")
    off = {name: abs(answer["predictions"][name] - each) for name, each in zip(("price", "tax"), truth, strict=True)}
    assert {name: each["mae"] for name, each in again["per_target"].items()} == pytest.approx(off, rel=1e-3)
    assert again["r2"] is None

    shown = tlzoo("runs", "show", run.path).out
    assert "root mean squared error" in shown
    assert "tax" in shown
    report = (run.path / "report.html").read_text()
    assert report.count("true minus predicted") == 2
    assert "Sample weights" in report
    assert "mae" in tlzoo("runs", "--out", tmp_path).out
    assert tlzoo("predict", run.path, bars / "one.png").out.splitlines()[0].split() == ["input", "price", "tax"]

    journal = run.path / "journal.jsonl"
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    for event in events:
        if "scaling" in event:
            event["scaling"]["means"] *= 2
    journal.write_text("".join(json.dumps(event) + "\n" for event in events))
    finish_folder(run.path, (run.path / "result.json").read_text())
    with pytest.raises(BytesRefusedError, match="its scaling has 4 means and 2 deviations for 2 targets"):
        run.evaluate()


@pytest.mark.slow
def test_imbalanced_classes_are_reported_and_balanced(bars: Path, tmp_path: Path, tlzoo) -> None:
    words = ("--data", f"arrays:{bars}/uneven.npz", "--backbone", "glyphnet", "--strategy", "feature-extraction")
    done = tlzoo("train", *words, "--epochs", 3, "--balance", "oversample", "--export", "keras", "--out", tmp_path)
    assert done.code == 0, done.err
    assert "balanced by oversample" in done.err
    (path,) = tmp_path.iterdir()
    assert 'balance = "oversample"' in (path / "recipe.toml").read_text()
    assert "Class balance" in (path / "report.html").read_text()
    assert "val_balanced_accuracy" in json.loads((path / "metrics.jsonl").read_text().splitlines()[0])
    assert Run(path).test["macro_f1"] > 0
    refused = tlzoo("train", *words[2:], "--data", f"arrays:{bars}/prices.npz", "--balance", "focal", "--out", tmp_path)
    assert refused.code == 2
    assert refused.last.startswith("tlzoo: arrays:")
    assert "prices.npz is regression: it has no classes to balance by 'focal'; leave" in refused.last
