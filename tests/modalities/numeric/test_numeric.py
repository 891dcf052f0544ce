"""Rows of numbers: their modality, their sources, and the entry that takes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris

import tlzoo
from tlzoo.cli import main
from tlzoo.data import arrays, table
from tlzoo.errors import DataError, EntryError, UsageError
from tlzoo.modalities import require_modality
from tlzoo.plugins import forget
from tlzoo.runs import Run
from tlzoo.testing import BackboneChecks

ENTRY = "numeric/identity.raw"
IRIS = load_iris()
COLUMNS = ("sepal", "width", "petal", "breadth")


class TestIdentity(BackboneChecks):
    entry = ENTRY


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("numbers")
    np.savez(folder / "iris.npz", x=IRIS.data, y=IRIS.target_names[IRIS.target])
    rows = [",".join(map(str, row)) for row in zip(*IRIS.data.T, IRIS.target_names[IRIS.target], strict=True)]
    (folder / "iris.csv").write_text("\n".join([",".join((*COLUMNS, "kind")), *rows]))
    return folder


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return tlzoo.train(data=csv_of(folder), backbone=ENTRY, strategy="feature-extraction", out=folder / "runs")


def csv_of(folder: Path, columns: tuple[str, ...] = COLUMNS) -> str:
    return f"table:{folder}/iris.csv?numbers={','.join(columns)}&label=kind"


def test_rows_of_an_archive_and_of_a_table_are_the_same_samples(folder: Path) -> None:
    archive = arrays(str(folder / "iris.npz"), {})
    lines = table(str(folder / "iris.csv"), {"numbers": ",".join(COLUMNS), "label": "kind"})
    assert archive.modality == lines.modality == "numeric"
    assert archive.input_shape == lines.input_shape == (4,)
    assert (archive.digests == lines.digests).all()
    assert set(archive.task.class_names) == set(lines.task.class_names)
    assert lines.examples.name(0) == f"{folder}/iris.csv:2"
    first = next(iter(archive.examples.stream(np.arange(1)).as_numpy_iterator()))
    assert first.dtype == np.float32
    assert first == pytest.approx(IRIS.data[0], abs=1e-6)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"x": [[1, 2], [3, np.nan]]}, "row 1, column 1 is nan"),
        ({"x": [[1, 2], [3, 1e39]]}, r"row 1, column 1 is 1e\+39"),
        ({"x": [["a"], ["b"]]}, "numbers are of type <U1"),
        ({"x": [[1j], [2]]}, "numbers are of type complex128"),
        ({"x": np.empty((2, 0))}, r"numbers have the shape \(2, 0\)"),
        ({"x": [1, 2]}, r"images have the shapes \[\(2,\)\]"),
    ],
)
def test_what_is_not_a_row_of_numbers_is_refused(tmp_path: Path, content: dict[str, Any], said: str) -> None:
    np.savez(tmp_path / "a.npz", **content, y=[0, 1])
    with pytest.raises(DataError, match=said):
        arrays(str(tmp_path / "a.npz"), {})


def test_numbers_and_an_image_are_two_inputs(folder: Path) -> None:
    with pytest.raises(UsageError, match="has both numbers and image"):
        table(str(folder / "iris.csv"), {"numbers": "sepal", "image": "width", "label": "kind"})


def test_empty_cells_of_numbers_are_imputed_if_the_recipe_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n,m,kind\n1,2,a\n,4,b\n3,6,a\n")
    options = {"numbers": "n,m", "label": "kind", "missing": "n=impute:mean"}
    assert table(str(tmp_path / "a.csv"), options).examples.rows[:, 0].tolist() == [1, 2, 3]


def test_a_linear_head_learns_from_the_columns(run: Run) -> None:
    assert run.metrics.score.value > 0.9
    assert run.recipe.backbone == ENTRY


def test_predictions_take_arrays_lists_texts_and_tables(run: Run, folder: Path, capsys) -> None:
    of_array = run.predict(IRIS.data[:3])
    assert of_array[0]["input"] == pytest.approx([5.1, 3.5, 1.4, 0.2])
    assert [each["label"] for each in of_array] == ["setosa"] * 3
    rows = [IRIS.data[0].tolist(), "4.9,3.0,1.4,0.2", IRIS.data[2]]
    assert [each["probabilities"] for each in run.predict(rows)] == [each["probabilities"] for each in of_array]
    assert run.predict([5.1, 3.5, 1.4, 0.2])[0]["probabilities"] == of_array[0]["probabilities"]
    assert main(["predict", str(run.path), "--file", str(folder / "iris.csv"), "--json", "--quiet"]) == 0
    answers = json.loads(capsys.readouterr().out)
    assert len(answers) == 150
    assert answers[0]["probabilities"] == of_array[0]["probabilities"]


def test_predictions_take_data_sets_and_frames(run: Run) -> None:
    import tensorflow as tf

    expected = [each["label"] for each in run.predict(IRIS.data[::10])]
    rows = tf.data.Dataset.from_tensor_slices((IRIS.data[::10], IRIS.target[::10]))
    for each in (rows, rows.batch(4), rows.map(lambda row, _: row)):
        assert [answer["label"] for answer in run.predict(each)] == expected
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(IRIS.data[::10], columns=COLUMNS).assign(other=1)[["other", *reversed(COLUMNS)]]
    assert [answer["label"] for answer in run.predict(frame)] == expected
    with pytest.raises(UsageError, match="the data frame has no column 'petal'"):
        run.predict(frame.drop(columns="petal"))


def test_rows_in_memory_are_the_same_data_as_in_a_file(run: Run, tmp_path: Path) -> None:
    names = IRIS.target_names[IRIS.target]
    given = tlzoo.train((IRIS.data, names), backbone=ENTRY, strategy="feature-extraction", export=[], out=tmp_path)
    assert given.metrics.score == run.metrics.score
    assert given.evaluate() == given.test


def test_other_rows_than_the_run_s_are_refused(run: Run, folder: Path) -> None:
    with pytest.raises(DataError, match=r"pass shape \(N, 4\)"):
        run.predict(IRIS.data[:, :2])
    assert [each["error"] for each in run.predict(["1,2", "a,b,c,d"])] == [
        "the row has 2 numbers instead of 4",
        "'a,b,c,d' is not a row of numbers; write numbers as in 5.1,3.5,1.4",
    ]
    with pytest.raises(DataError, match=r"inputs of shape \[2\], but .* was trained on shape \[4\]"):
        run.evaluate(csv_of(folder, COLUMNS[:2]))
    assert run.evaluate(csv_of(folder))["accuracy"] > 0.9


def test_a_run_on_numbers_evaluates_again_and_can_be_published(run: Run, own_settings) -> None:
    assert run.evaluate() == run.test
    published = tlzoo.publish(run, name="irises", licence="CC0-1.0")
    forget()
    assert published.entry.input.columns == 4
    with pytest.raises(EntryError, match="takes 4 columns of numbers, but the data have 2"):
        tlzoo.load_backbone(published.entry.id, input_shape=(2,))
    assert tlzoo.load_backbone(published.entry.id).predict(IRIS.data[:2]) == pytest.approx(IRIS.data[:2], abs=1e-6)


def test_features_are_the_columns_and_an_inspection_shows_them(folder: Path) -> None:
    assert tlzoo.features(csv_of(folder), backbone=ENTRY).features == pytest.approx(IRIS.data, abs=1e-6)
    found = tlzoo.inspect(csv_of(folder))
    assert next(found.inputs.lines()) == "sepal: 4.3 to 7.9, mean 5.843, deviation 0.8253"
    assert found.as_json()["numbers"]["columns"][0]["max"] == pytest.approx(7.9)


def test_numbers_of_another_size_are_targets_of_a_regression(tmp_path: Path) -> None:
    data = load_diabetes(scaled=False)
    np.savez(tmp_path / "a.npz", x=data.data, y=data.target + 0.5)
    run = tlzoo.train(
        data=f"arrays:{tmp_path}/a.npz", backbone=ENTRY, strategy="feature-extraction", export=[], out=tmp_path
    )
    assert run.metrics.score.value > 0.2


def test_a_strategy_that_trains_stages_says_that_there_are_no_variables(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the backbone has none; use the strategy feature-extraction"):
        tlzoo.train(data=csv_of(folder), backbone=ENTRY, strategy="fine-tune", out=tmp_path)


def test_a_page_shows_the_first_numbers() -> None:
    import tensorflow as tf

    glimpse = require_modality("numeric").glimpse(tf.range(10, dtype=tf.float32))
    assert glimpse.facts == "0, 1, 2, 3, 4, 5, 6, 7, … (10 numbers)"
