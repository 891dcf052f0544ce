"""Runs compared by subgroups of the test samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_runs import made_run

import tlzoo
from tlzoo.data import FolderColumns
from tlzoo.errors import RunError, UsageError
from tlzoo.evaluation.paired import mcnemar_p_value
from tlzoo.progress import Silent
from tlzoo.runs import Run, open_source
from tlzoo.runs.comparison.subgroup_figures import subgroup_figures
from tlzoo.runs.comparison.subgroups import _quarters
from tlzoo.tasks import wilson_interval

COUNT = 60


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A table of texts; the second run is wrong on the last ones, which are by another camera."""
    rows = [
        f"text {number},{'cd'[number % 2]},{'old' if number < 40 else 'new'},{number / 4},{'x' * (number % 7)}"
        for number in range(COUNT)
    ]
    (tmp_path / "texts.csv").write_text("text,label,camera,age,note\n" + "\n".join(rows) + "\n")
    return f"table:{tmp_path / 'texts.csv'}?text=text&label=label"


@pytest.fixture
def runs(source: str, tmp_path: Path) -> list[Run]:
    samples = open_source(source, Silent())
    names = [samples.examples.name(at) for at in range(COUNT)]
    made = []
    for name, wrong in (("one", []), ("other", range(48, 60))):
        predicted = np.where(np.isin(np.arange(COUNT), wrong), 1 - samples.labels, samples.labels)
        answers = np.where(np.arange(2) == predicted[:, np.newaxis], 0.9, 0.1).astype(np.float32)
        order = np.arange(COUNT)[::-1]
        given = {"names": [names[at] for at in order], "digests": samples.digests[order], "data": source}
        made.append(made_run(tmp_path / name, samples.task, samples.labels[order], answers[order], **given))
    return made


def test_each_value_of_a_column_is_a_group(runs: list[Run]) -> None:
    found = tlzoo.compare_runs(runs, by="camera")
    assert [(each.value, each.count) for each in found.groups] == [("new", 20), ("old", 40)]
    new, old = (each.figures for each in found.groups)
    assert new.values[:, 0] == pytest.approx([1, 8 / 20])
    assert old.values[:, 0] == pytest.approx([1, 1])
    assert new.differences[0].difference.p_value == pytest.approx(2 * mcnemar_p_value(12, 0))  # of two groups
    assert found.to_json()["groups"][0]["figures"][0]["values"] == pytest.approx([1, 0.4])


def test_figures_of_one_run_by_subgroup_have_intervals(runs: list[Run]) -> None:
    new, old = subgroup_figures(runs[1], "camera", Silent())
    assert (new.value, new.count, old.count) == ("new", 20, 40)
    accuracy, *others = new.figures
    assert (accuracy.name, accuracy.value) == ("accuracy", pytest.approx(0.4))
    assert accuracy.interval == pytest.approx(wilson_interval(8, 20))
    f1 = next(each for each in others if each.name == "macro_f1")
    low, high = f1.interval or (0, 0)
    assert 0 <= low < f1.value < high <= 1  # type: ignore[operator]
    loss = next(each for each in others if each.name == "log_loss")
    low, high = loss.interval or (-1, -1)
    assert 0 <= low < loss.value < high  # type: ignore[operator]
    same = {each.name: each.interval for each in old.figures}  # all answers are right, with equal probabilities
    assert (same["macro_f1"], same["log_loss"]) == (None, None)
    with pytest.raises(UsageError, match="has no column 'camra'"):
        subgroup_figures(runs[1], "camra", Silent())


def test_many_numbers_are_quarters_and_empty_cells_a_group(runs: list[Run]) -> None:
    ages = tlzoo.compare_runs(runs, by="age").groups
    assert [(each.value, each.count) for each in ages] == [
        ("0 to 3.688", 15),
        ("3.688 to 7.375", 15),
        ("7.375 to 11.06", 15),
        ("11.06 to 14.75", 15),
    ]
    assert tlzoo.compare_runs(runs, by="note").groups[-1].value == "(empty)"


@pytest.mark.parametrize(
    ("column", "said"), [("camra", "has no column 'camra'; did you mean 'camera'?"), ("text", "60 different values")]
)
def test_a_column_that_cannot_be_used_is_one_line(column: str, said: str, runs: list[Run]) -> None:
    with pytest.raises(UsageError) as raised:
        tlzoo.compare_runs(runs, by=column)
    assert said in str(raised.value)


def test_changed_data_are_refused(runs: list[Run], source: str) -> None:
    path = Path(source.removeprefix("table:").partition("?")[0])
    path.write_text(path.read_text().replace("text 59", "another text"))
    with pytest.raises(RunError, match="has changed: 1 of the 60 test samples of"):
        tlzoo.compare_runs(runs, by="camera")


def test_other_arrays_of_an_archive_are_columns(tmp_path: Path) -> None:
    rows, labels = np.arange(6, dtype=np.float32).reshape(6, 1), np.arange(6) % 2
    others = {"camera": np.array(list("aabbcc")), "age": np.array([1, 2, np.nan, 4, 5, 6]), "masks": np.ones((6, 2))}
    np.savez(tmp_path / "whole.npz", x=rows, y=labels, weights=np.ones(6), **others)
    columns = open_source(f"arrays:{tmp_path / 'whole.npz'}", Silent()).columns
    assert columns.names == ("camera", "age")
    assert columns.values("age", np.array([2, 0])) == ["", "1.0"]
    parts = {"x_train": rows[:4], "y_train": labels[:4], "x_test": rows[4:], "y_test": labels[4:]}
    split = {"camera_train": np.array(list("aabb")), "camera_test": np.array(list("cc")), "age_train": np.ones(4)}
    np.savez(tmp_path / "parts.npz", **parts, **split)
    columns = open_source(f"arrays:{tmp_path / 'parts.npz'}", Silent()).columns
    assert columns.names == ("camera",)
    assert columns.values("camera", np.array([5, 0])) == ["c", "a"]


def test_folders_below_the_common_one_are_columns() -> None:
    columns = FolderColumns.below_common(["/a/images/day/1.png", "/a/images/night/2.png"])
    assert columns.values("folder1", np.arange(2)) == ["day", "night"]
    assert FolderColumns.below_common(["/a/1.png", "/a/2.png"]).names == ()


def test_data_without_columns_are_refused(tmp_path: Path) -> None:
    samples = open_source("digits:", Silent())
    labels, digests = samples.labels[:20], samples.digests[:20]
    answers = np.full((20, 10), 0.1, np.float32)
    runs = [
        made_run(tmp_path / name, samples.task, labels, answers, digests=digests, data="digits:") for name in ("a", "b")
    ]
    with pytest.raises(UsageError, match="digits: has no columns to group by"):
        tlzoo.compare_runs(runs, by="camera")


def test_folders_are_columns() -> None:
    columns = FolderColumns(["cat/a/1.jpg", "cat/2.jpg", "dog/b/c/3.jpg"])
    assert columns.names == ("folder1", "folder2", "folder3")
    assert columns.values("folder2", np.array([2, 1, 0])) == ["b", "", "a"]


def test_pictures_in_nested_folders_have_their_folders_as_columns(tmp_path: Path) -> None:
    from PIL import Image

    for path in ("cat/in/1.png", "cat/out/2.png", "dog/in/3.png", "dog/4.png"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), int(path[-5]) * 20).save(tmp_path / path)
    columns = open_source(f"images:{tmp_path}", Silent()).columns
    assert columns.values("folder2", np.arange(4)) == ["in", "out", "", "in"]


def test_quarters_of_large_numbers_have_different_names() -> None:
    found = _quarters([str(1_000_000 + number) for number in range(40)])
    assert found is not None
    assert len(set(found)) == 4
