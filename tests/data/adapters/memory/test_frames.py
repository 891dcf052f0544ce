"""Frames of pandas and polars, and data sets of Hugging Face, as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tlzoo.data import MissingError, in_memory, table
from tlzoo.errors import DataError, UsageError
from tlzoo.tasks import Classification, MultiLabel, Regression

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
datasets = pytest.importorskip("datasets")

ROWS = {
    "review": ["good film", "bad, film", "fine", 'a "poor" one', "bad, film", "the end"],
    "stars": [1, 0, 1, 0, 0, 1],
    "score": [0.5, 1.0, 2.25, 3.0, 1.0, 9.0],
    "part": ["train", "train", "train", "train", "test", "test"],
    "who": ["a", "b", "b", "c", "d", "d"],
    "age": [20, 21, 22, 23, 24, 25],
    "old": [0, 1, 1, 0, 1, 0],
    "long": [1, 1, 0, 0, 1, 0],
}
KINDS = {
    "pandas": pandas.DataFrame,
    "polars": polars.DataFrame,
    "datasets": datasets.Dataset.from_dict,
}


@pytest.fixture(params=KINDS)
def frame(request: pytest.FixtureRequest) -> Any:
    return KINDS[request.param](ROWS)


@pytest.mark.parametrize(
    "options",
    [
        {"text": "review", "label": "stars"},
        {"text": "review", "target": "score", "split": "part", "group": "who", "weight": "age"},
        {"text": ["review", "who"], "numbers": "age", "label": ["old", "long"], "task": "multi-label"},
        {"text": "review", "label": "who", "classes": ["d", "c", "b", "a"]},
    ],
)
def test_a_frame_gives_the_samples_of_a_csv_file(tmp_path: Path, frame: Any, options: dict[str, Any]) -> None:
    pandas.DataFrame(ROWS).to_csv(tmp_path / "rows.csv", index=False)
    written = {name: each if isinstance(each, str) else ",".join(each) for name, each in options.items()}
    kept, given = table(str(tmp_path / "rows.csv"), written), in_memory(frame, **options).samples()
    assert given.fingerprint == kept.fingerprint
    assert given.task == kept.task
    assert given.examples.name(2) == "data:3"


def test_every_library_gives_one_fingerprint_and_contents_change_it() -> None:
    options = {"text": "review", "label": "stars"}
    first = {in_memory(kind(ROWS), **options).source for kind in KINDS.values()}
    assert len(first) == 1
    assert first.pop().endswith("?text=review&label=stars")
    index = pandas.DataFrame(ROWS, index=range(10, 70, 10))
    floats = index.astype({"stars": float})
    changed = index.assign(review=["other", *ROWS["review"][1:]])
    found = [in_memory(each, **options).fingerprint for each in (index, floats, changed, index[::-1])]
    assert found[0] == found[1]
    assert len(set(found)) == 3
    assert in_memory(index.assign(age=0), **options).fingerprint == found[0]  # a column that is not used


def test_booleans_of_frames_arrays_and_lists_are_the_same_data() -> None:
    texts, liked = [f"text {at}" for at in range(4)], [True, False, True, False]
    given = [kind({"text": texts, "label": liked}) for kind in KINDS.values()]
    frames = [in_memory(each) for each in given]
    numbers = in_memory(pandas.DataFrame({"text": texts, "label": [1, 0, 1, 0]}))
    assert len({each.fingerprint for each in frames}) == 1
    assert numbers.fingerprint != frames[0].fingerprint
    forms = [liked, np.array(liked), pandas.Series(liked), pandas.Series(liked, dtype="boolean")]
    samples = [each.samples() for each in (*frames, *(in_memory((texts, form)) for form in forms))]
    assert {each.task.names for each in samples} == {("false", "true")}
    assert len({each.fingerprint for each in samples}) == 1


def test_columns_called_by_their_role_need_no_options() -> None:
    rows = {"text": ROWS["review"], "label": ROWS["stars"], "split": ROWS["part"]}
    data = in_memory(polars.DataFrame(rows))
    assert data.source.endswith("?text=text&label=label&split=split")
    assert set(data.samples().given) == {"train", "test"}
    regression = in_memory(pandas.DataFrame({"text": ROWS["review"], "target": ROWS["score"]}))
    assert regression.samples().task == Regression(("target",))


def test_splits_are_declared_by_a_dict_of_frames_or_a_dataset_dict() -> None:
    names = datasets.ClassLabel(names=["neg", "pos"])
    features = datasets.Features({"text": datasets.Value("string"), "label": names})
    parts = {"train": {"text": ["a", "b", "c"], "label": [0, 1, 1]}, "test": {"text": ["d", "e"], "label": [1, 0]}}
    data = datasets.DatasetDict({name: datasets.Dataset.from_dict(part, features) for name, part in parts.items()})
    samples = in_memory(data).samples()
    assert samples.task == Classification(("neg", "pos"))
    assert {name: each.tolist() for name, each in samples.given.items()} == {"train": [0, 1, 2], "test": [3, 4]}
    frames = {name: pandas.DataFrame(part).replace({"label": {0: "neg", 1: "pos"}}) for name, part in parts.items()}
    assert in_memory(frames).samples().fingerprint == samples.fingerprint


def test_lists_in_cells_are_several_labels() -> None:
    rows = {"text": ["a", "b", "c"], "label": [["x", "y"], ["x"], []]}
    for kind in KINDS.values():
        assert in_memory(kind(rows), labels=";").samples().task == MultiLabel(("x", "y"))


@pytest.mark.parametrize("kind", ["pandas", "datasets"])
def test_images_in_cells(kind: str) -> None:
    image = pytest.importorskip("PIL.Image")
    pictures = [image.fromarray(np.full((6, 9, 3), shade, np.uint8)) for shade in (0, 90, 255)]
    data = in_memory(KINDS[kind]({"image": pictures, "label": ["a", "b", "a"]}))
    samples = data.samples()
    (first, *_) = samples.examples.stream(np.array([1])).as_numpy_iterator()
    assert first.shape == (6, 9, 3)
    assert (first == 90).all()


def test_missing_cells_have_a_policy() -> None:
    rows = {**ROWS, "age": [20, None, 22, 23, 24, None]}
    for kind in KINDS.values():
        data = in_memory(kind(rows), text="review", label="stars", numbers="age")
        with pytest.raises(MissingError, match=r"'age' is missing in 2 rows \(rows 2, 6\)"):
            data.samples()
        assert len(data.samples({**data._content.options, "missing": "age=drop"}).examples) == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"text": "reviw", "label": "stars"}, "data has no column 'reviw'; did you mean 'review'"),
        ({"label": "stars"}, r"which column is the input\? None is named text= or image=; give data=tlzoo.data.in_me"),
        ({"text": "review"}, r"which column is the label\? None is named label= or target=; .* its columns: 'review'"),
        ({"text": "review", "lable": "stars"}, "no option 'lable'; did you mean 'label"),
        ({"text": "review", "label": "stars", "target": "score"}, "data has both label and target"),
    ],
)
def test_a_column_that_is_not_there_is_refused(frame: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        in_memory(frame, **options)


def test_data_without_rows_or_with_changing_rows_is_refused() -> None:
    with pytest.raises(UsageError, match=r"a LazyFrame, which has no rows yet; give data.collect\(\)"):
        in_memory(polars.DataFrame(ROWS).lazy(), text="review", label="stars")
    rows = datasets.Dataset.from_dict(ROWS)
    with pytest.raises(
        UsageError,
        match="is a streaming Hugging Face data set, which can be read only in order; load it without streaming",
    ):
        in_memory(rows.to_iterable_dataset(), text="review", label="stars")
    with pytest.raises(UsageError, match=r"has a transform \(set_transform\), which may return different rows"):
        in_memory(rows.with_transform(lambda batch: batch), text="review", label="stars")
    with pytest.raises(UsageError, match="data\\['test'\\] has no column 'stars'"):
        in_memory({"train": rows, "test": rows.remove_columns("stars")}, text="review", label="stars")
    twice = pandas.DataFrame([["a", "b"]], columns=["text", "text"])
    with pytest.raises(DataError, match="data has the column 'text' twice; rename one"):
        in_memory(twice)


def test_a_frame_without_labels_is_a_target() -> None:
    from tlzoo.data import UNLABELLED

    data = in_memory(pandas.DataFrame({"review": ROWS["review"]}), text="review", labelled=False)
    assert data.samples().task == UNLABELLED
    assert "labels=none" in data.source


def test_columns_of_other_data_are_taken_where_they_fit() -> None:
    rows = pandas.DataFrame(ROWS)
    like = in_memory(rows, text="review", label="stars", group="who").source
    assert in_memory(rows, like=like).source == like
    assert in_memory(rows.drop(columns="who"), like=like).source.endswith("?text=review&label=stars")
    assert in_memory(rows, like="table:old.csv?text=review&label=stars&encoding=latin-1").source.endswith("label=stars")


def test_a_frame_that_changes_in_memory_after_it_was_read_is_refused() -> None:
    rows = pandas.DataFrame(ROWS)
    data = in_memory(rows, text="review", label="stars")
    rows.loc[0, "review"] = "other"
    with pytest.raises(DataError, match=r"the data memory:[0-9a-f]{16} changed in memory after they were read"):
        data.samples()


def test_an_inspection_leaves_out_rows_with_empty_cells_and_says_so() -> None:
    import tlzoo

    rows = pandas.DataFrame({"text": ROWS["review"], "label": ["a", None, "b", "a", "b", "b"]})
    found = tlzoo.inspect(rows)
    assert found.samples == 5
    assert "'label' is missing in 1 row (row 2)" in str(found.problem)


def test_numbers_alone_are_the_input(frame: Any) -> None:
    samples = in_memory(frame, numbers=["age", "score"], label="stars").samples()
    assert samples.examples.modality == "numeric"
    assert len(samples.examples) == 6


def test_policies_for_missing_cells_may_be_a_mapping() -> None:
    rows = pandas.DataFrame({**ROWS, "age": [20, None, 22, 23, 24, None]})
    data = in_memory(rows, text="review", label="stars", numbers="age", missing={"age": "drop"})
    assert len(data.samples().examples) == 4


def test_columns_of_strings_are_inputs_and_missing_labels_are_counted(frame: Any) -> None:
    texts = frame["review"]
    assert in_memory((texts, ROWS["stars"])).source == in_memory((ROWS["review"], ROWS["stars"])).source
    labels = pandas.Series([None, "a", "b", "a", "b", "a"], dtype="string")
    with pytest.raises(DataError, match="data: 1 of 6 labels are missing; remove those samples"):
        in_memory((ROWS["review"], labels))
