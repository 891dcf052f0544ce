"""Labels that look alike are reported with counts, and merged when asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tlzoo.data import Samples, check_labels, table
from tlzoo.data.inspection.label_spelling import spelling
from tlzoo.errors import DataError, UsageError
from tlzoo.progress import Silent
from tlzoo.runs.opening.class_indices import reindexed_test_split
from tlzoo.runs.opening.sources import open_source
from tlzoo.tasks import Classification

ALIKE = ["Good", "good", "good\u200b", "good", "bad", "caf\u00e9", "cafe\u0301", "1", "1.0", "1.5"]


@pytest.fixture
def samples(tmp_path: Path) -> Samples:
    rows = [f"text {at},{name}" for at, name in enumerate(ALIKE)]
    (tmp_path / "t.csv").write_text("\n".join(["text,label", *rows]), "utf-8")
    return table(str(tmp_path / "t.csv"), {"text": "text", "label": "label"})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Good", "good"),
        ("good ", "good\u200b"),
        ("caf\u00e9", "cafe\u0301"),
        ("1", "1.0"),
        ("a  b", "A b"),
        ("\uff21\uff22", "ab"),
    ],
)
def test_names_that_look_alike_have_one_spelling(one: str, other: str) -> None:
    assert spelling(one) == spelling(other)


@pytest.mark.parametrize(("one", "other"), [("1", "1.5"), ("a", "b"), ("1", "01"), ("resume", "r\u00e9sum\u00e9")])
def test_other_names_do_not(one: str, other: str) -> None:
    assert spelling(one) != spelling(other)


def test_look_alikes_are_reported_with_counts_and_left_alone(samples: Samples) -> None:
    checked = check_labels(samples)
    assert checked.task == samples.task
    (note,) = checked.notes
    assert "'1' (1), '1.0' (1)" in note
    assert "'Good' (1), 'good' (2), 'good\\u200b' (1)" in note
    assert note.endswith("merge_labels=true merges them")


def test_merged_classes_are_called_as_most_of_their_samples_are(samples: Samples) -> None:
    merged = check_labels(samples, "true")
    assert merged.task.classes == ("1", "1.5", "bad", "cafe\u0301", "good")
    names = [merged.task.classes[label] for label in merged.labels]
    assert names == ["good"] * 4 + ["bad", "cafe\u0301", "cafe\u0301", "1", "1", "1.5"]
    assert merged.fingerprint != samples.fingerprint


def test_look_alike_labels_of_a_multi_label_task_are_merged(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,tags\na,Red;red\nb,blue\nc,red\n")
    merged = check_labels(table(str(tmp_path / "t.csv"), {"text": "text", "label": "tags", "labels": ";"}), "true")
    assert merged.task.classes == ("blue", "red")
    assert np.array_equal(merged.labels, [[0, 1], [1, 0], [0, 1]])


def test_every_source_takes_the_option(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,label\na,Good\nb,good\nc,bad\n")
    source = f"table:{tmp_path}/t.csv?text=text&label=label"
    assert open_source(source, Silent()).task.outputs == 3
    assert open_source(f"{source}&merge_labels=true", Silent()).task.outputs == 2
    with pytest.raises(UsageError, match="merge_labels must be true; got 'yes'"):
        open_source(f"{source}&merge_labels=yes", Silent())


def test_a_class_that_reads_like_a_missing_value_is_reported(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,label\na,nan\nb,x\nc,nan\n")
    (note,) = check_labels(table(str(tmp_path / "t.csv"), {"text": "text", "label": "label"})).notes
    assert note == "the class 'nan' (2 samples) reads like a missing value"


def test_a_model_knows_its_classes_in_another_spelling(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,label\na,Good\nb,BAD\n")
    samples = table(str(tmp_path / "t.csv"), {"text": "text", "label": "label"})
    assert reindexed_test_split(samples, np.arange(2), Classification(("bad", "good"))).labels.tolist() == [1, 0]
    with pytest.raises(DataError, match="has the class 'BAD'"):
        reindexed_test_split(samples, np.arange(2), Classification(("bad", "Bad", "good")))


@pytest.mark.parametrize(("codes", "notes"), [("-1 0 1 2", 1), ("-1 1", 0), ("-1 -2 0 1", 0), ("-1 0", 0)])
def test_a_class_of_minus_one_next_to_codes_from_zero_is_reported(tmp_path: Path, codes: str, notes: int) -> None:
    (tmp_path / "t.csv").write_text("text,label\n" + "".join(f"a{code},{code}\n" for code in codes.split()))
    found = check_labels(table(str(tmp_path / "t.csv"), {"text": "text", "label": "label"})).notes
    assert list(found) == ["the class '-1' (1 samples) reads like a missing value"] * notes
