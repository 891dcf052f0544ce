"""What a run gives in Python: model, history, metrics, report, predictions for inputs in memory."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

import tlzoo
from tlzoo.errors import BytesRefusedError, DataError, RunError, UsageError
from tlzoo.runs import Run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tlzoo.train(
        data="digits:",
        backbone="glyphnet",
        strategy={"name": "feature-extraction", "solver": "gradient"},
        per_class=6,
        epochs=3,
        out=tmp_path_factory.mktemp("runs"),
    )


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.kron(load_digits().images[:5] / 16 * 255, np.ones((4, 4))).astype(np.uint8)  # grey (5, 32, 32)


def labels(answers: list[dict]) -> list[str]:
    assert not [each["error"] for each in answers if "error" in each]
    return [each["label"] for each in answers]


@pytest.fixture(scope="module")
def expected(run: Run, images: np.ndarray) -> list[str]:
    """The labels of the images as an array, by the function for the folder of a run."""
    return labels(tlzoo.predict(run.path, images))


def test_the_history_is_by_name_and_by_epoch(run: Run) -> None:
    assert run.history["epoch"] == [1, 2, 3]
    assert len(run.history["val_loss"]) == 3
    assert run.history["loss"][0] > run.history["loss"][-1]
    assert [each["phase"] for each in run.history.to_records()] == run.history["phase"]
    assert "val_loss" in repr(run.history)
    with pytest.raises(KeyError):
        run.history["nothing"]


def test_the_metrics_have_a_score(run: Run) -> None:
    assert run.metrics.score.value == run.test["accuracy"]


def test_the_curves_are_a_picture(run: Run, tmp_path: Path) -> None:
    plot = run.plot()
    assert plot._repr_html_().startswith("<svg")
    assert "<svg" in plot.save(tmp_path / "curves.svg").read_text("utf-8")
    with pytest.raises(UsageError, match=r"does not end in \.svg"):
        plot.save(tmp_path / "curves.png")


def test_the_model_is_plain_keras_and_answers_as_the_run_does(run: Run, images: np.ndarray) -> None:
    samples = tlzoo.load_backbone("glyphnet").preprocessing.prepare(images[0][..., None])[None]
    probabilities = run.model.predict(samples, verbose=0)[0]
    (answer,) = run.predict(images[:1])
    np.testing.assert_allclose(probabilities, list(answer["probabilities"].values()), atol=1e-5)


def test_a_changed_model_is_refused(run: Run, tmp_path: Path) -> None:
    copy = Run(shutil.copytree(run.path, tmp_path / "copy"))
    with (copy.path / "model.keras").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(BytesRefusedError, match=r"model\.keras"):
        _ = copy.model


@pytest.mark.slow
def test_every_form_of_the_same_images_has_the_same_answers(
    run: Run, images: np.ndarray, expected: list[str], tmp_path: Path
) -> None:
    for number, each in enumerate(images):
        Image.fromarray(each).save(tmp_path / f"{number}.png")
    colour = np.repeat(images[..., None], 3, -1)
    forms = [images[0], images[1].astype(np.float32), colour[2], Image.fromarray(images[3]), tmp_path / "4.png"]
    assert labels(run.predict(tmp_path)) == expected
    assert labels(run.predict(forms)) == expected
    assert labels(run.predict(Image.fromarray(images[0]))) == expected[:1]


def test_a_frame_gives_its_column_of_images(run: Run, images: np.ndarray, expected: list[str], tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    Image.fromarray(images[0]).save(tmp_path / "a.png")
    frame = pandas.DataFrame({"image": [str(tmp_path / "a.png")] * 2, "label": ["0", "0"]})
    assert labels(run.predict(frame)) == expected[:1] * 2
    with pytest.raises(UsageError, match="cannot tell which column of the data frame has the inputs"):
        run.predict(frame.rename(columns={"image": "file"}))


def test_a_data_set_gives_its_inputs_without_labels(run: Run, images: np.ndarray, expected: list[str]) -> None:
    import keras
    import tensorflow as tf

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, at: int) -> tuple[np.ndarray, np.ndarray]:
            return images[2 * at : 2 * at + 2], np.zeros(len(images[2 * at : 2 * at + 2]))

    colour = np.repeat(images[..., None], 3, -1)
    pairs = tf.data.Dataset.from_tensor_slices((colour, np.zeros(5)))
    for each in (pairs.batch(2).map(lambda image, _: {"image": image}), Batches()):
        assert labels(run.predict(each)) == expected
    with pytest.raises(UsageError, match=r"the tf\.data\.Dataset is endless"):
        run.predict(pairs.repeat())


@pytest.mark.parametrize("given", [[["a.png", "b.png"]], [{"image": "a.png"}]])
def test_several_inputs_in_the_place_of_one_are_refused_in_one_line(run: Run, given: list) -> None:
    with pytest.raises(UsageError, match=r"this run takes paths, .*; give one input, or a list of them"):
        run.predict(given)


@pytest.mark.parametrize(
    ("scale", "said"), [(1 / 255, "look scaled"), (np.nan, "NaN or infinite"), (3.0, "not 0 to 255")]
)
def test_wrong_values_are_refused_in_one_line(run: Run, images: np.ndarray, scale: float, said: str) -> None:
    with pytest.raises(DataError, match=said):
        run.predict(images * scale)


def test_a_run_shows_how_its_report_starts(run: Run) -> None:
    page = run._repr_html_()
    assert "vision/glyphnet.glyphs" in page
    assert "accuracy" in page
    assert "<svg" in page
    assert "report.html" in page
    assert repr(run).startswith("<run ")
    assert "\n" not in repr(run)
    assert run.report.html.startswith("<!DOCTYPE html>")
    assert 'sandbox=""' in run.report._repr_html_()


def test_runs_show_as_a_table(run: Run) -> None:
    (found,) = tlzoo.find_runs(run.path.parent)
    assert found == tlzoo.load_run(run.path)
    (record,) = tlzoo.find_runs(run.path.parent).to_records()
    assert record["finished"] is True
    assert record["accuracy"] == run.test["accuracy"]


def test_an_unfinished_run_shows_existing_results(run: Run, tmp_path: Path) -> None:
    copy = Run(shutil.copytree(run.path, tmp_path / "copy"))
    for name in ("result.json", "metrics.jsonl", "report.html"):
        (copy.path / name).unlink()
    assert "not finished" in repr(copy)
    assert "is not finished" in copy._repr_html_()
    assert not copy.history.epochs
    with pytest.raises(RunError, match="no metrics of epochs"):
        copy.plot()
    with pytest.raises(RunError, match=r"there is no .*report\.html"):
        _ = copy.report.html
