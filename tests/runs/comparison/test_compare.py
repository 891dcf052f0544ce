"""Runs compared on the same test samples."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_runs import made_run
from scipy.stats import t

import tlzoo
from tlzoo.errors import BytesRefusedError, RunError, TlzooError, UsageError
from tlzoo.evaluation.paired import bootstrap_weights, mcnemar_p_value, tango_interval
from tlzoo.runs import Run, RunComparison
from tlzoo.runs.comparison.compared_run import run_letter
from tlzoo.runs.files.answers import read_answers
from tlzoo.runs.files.hashes import finish_folder
from tlzoo.tasks import Classification, Regression

TASK = Classification(("cat", "dog"))
COUNT = 60
LABELS = np.arange(COUNT) % 2


def probabilities(wrong: range) -> np.ndarray:
    predicted = np.where(np.isin(np.arange(COUNT), wrong), 1 - LABELS, LABELS)
    return np.where(np.arange(2) == predicted[:, np.newaxis], 0.9, 0.1).astype(np.float32)


@pytest.fixture
def first(tmp_path: Path) -> Run:
    return made_run(tmp_path / "first", TASK, LABELS, probabilities(range(20)))


@pytest.fixture
def second(tmp_path: Path) -> Run:
    changed = {"head": {"name": "mlp", "units": [8]}, "epochs": 5}
    return made_run(tmp_path / "second", TASK, LABELS, probabilities(range(14, 22)), **changed)


@pytest.fixture
def comparison(first: Run, second: Run) -> RunComparison:
    return tlzoo.compare_runs([first, str(second.path)])


def test_only_the_recipe_fields_that_differ_are_listed(comparison: RunComparison) -> None:
    assert comparison.recipe == {"head.name": ["linear", "mlp"], "head.units": [None, [8]], "epochs": [None, 5]}


def test_the_score_is_compared_by_mcnemar_with_tango(comparison: RunComparison) -> None:
    found = comparison.differences[0].difference
    assert comparison.score.name == "accuracy"
    assert found.value == pytest.approx(12 / COUNT)  # 14 only right in the second, 2 only in the first
    assert found.p_value == pytest.approx(mcnemar_p_value(14, 2))
    assert found.interval == pytest.approx(tango_interval(14, 2, COUNT))
    low, high = (100 * each for each in found.interval)
    assert (
        comparison.verdict == f"B is better by 20.0 points (+{low:.1f} to +{high:.1f}): the difference is significant"
    )


def test_a_small_difference_is_within_noise(first: Run, tmp_path: Path) -> None:
    near = made_run(tmp_path / "near", TASK, LABELS, probabilities(range(22)))
    found = tlzoo.compare_runs([first, near])
    assert found.verdict.startswith("A is better by 3.3 points (-2")
    assert found.verdict.endswith("the difference is within noise")


def test_a_loss_is_better_when_it_is_lower(tmp_path: Path) -> None:
    labels = np.linspace(0, 1, 40, dtype=np.float32)[:, np.newaxis]
    task = Regression(("x",))
    runs = [made_run(tmp_path / name, task, labels, labels + off) for name, off in (("far", 0.4), ("near", 0.1))]
    found = tlzoo.compare_runs(runs)
    mae = next(each for each in found.figures.differences if each.measure.name == "mae")
    assert (mae.better, found.differences[0].better) == ("B", "B")
    assert mae.verdict.startswith("B is better by 0.3 (+0.3")


def test_changed_answers_are_listed_with_their_names(comparison: RunComparison) -> None:
    changes = comparison.changes
    assert changes.count == 16
    assert (changes.samples[0].name, changes.samples[0].label) == ("photos/0.png", "cat")
    assert changes.samples[0].answers == ["dog", "cat"]


def test_costs_are_those_of_the_run(comparison: RunComparison, first: Run) -> None:
    costs = comparison.costs[0]
    assert (costs["seconds"], costs["memory_bytes"], costs["model_bytes"]) == (2.5, 110, None)
    assert costs["folder_bytes"] > (first.path / "answers.npz").stat().st_size


def test_several_runs_are_compared_in_pairs_with_a_correction(first: Run, second: Run, tmp_path: Path) -> None:
    third = made_run(tmp_path / "third", TASK, LABELS, probabilities(range(3)))
    found = tlzoo.compare_runs([first, second, third])
    assert [(each.first, each.second) for each in found.differences] == [("A", "B"), ("A", "C"), ("B", "C")]
    assert found.differences[0].difference.p_value == pytest.approx(3 * mcnemar_p_value(14, 2))
    assert found.order == [2, 1, 0]
    recall = next(each for each in found.figures.differences if each.measure.name == "recall")
    assert recall.difference.p_value == pytest.approx(3 * 2 * mcnemar_p_value(7, 1))  # of two classes as well


def test_samples_in_another_order_are_matched(first: Run, tmp_path: Path) -> None:
    order = np.random.default_rng(0).permutation(COUNT)
    names = [f"photos/{number}.png" for number in order]
    other = made_run(tmp_path / "other", TASK, LABELS[order], probabilities(range(20))[order], names=names)
    found = tlzoo.compare_runs([first, other])
    assert (found.changes.count, found.differences[0].difference.value) == (0, 0)
    assert found.verdict.startswith("A and B are equal (-")


def other_samples(folder: Path) -> Run:
    names = [f"more/{number}.png" for number in range(COUNT)]
    return made_run(folder, TASK, LABELS, probabilities(range(3)), names=names, seed=1)


def other_data(folder: Path) -> Run:
    names = [f"photos/{number}.png" for number in range(1, COUNT + 1)]
    return made_run(folder, TASK, LABELS, probabilities(range(3)), names=names)


REFUSED = {
    "other samples": (other_samples, RunError, "different samples (0 in common, of 60 and 60): seed 0 and 1"),
    "other data": (other_data, RunError, "(59 in common, of 60 and 60): data fingerprint "),
    "other labels": (
        lambda folder: made_run(folder, TASK, 1 - LABELS, probabilities(range(3))),
        RunError,
        "were tested on the same inputs with different labels",
    ),
    "other classes": (
        lambda folder: made_run(folder, Classification(("cat", "cow")), LABELS, probabilities(range(3))),
        RunError,
        "have different classes or targets: only one has 'dog'",
    ),
    "other task": (
        lambda folder: made_run(folder, Regression(("x",)), np.zeros((9, 1), "f4"), np.ones((9, 1), "f4")),
        RunError,
        "have different tasks: classification and regression",
    ),
    "nothing kept": (
        lambda folder: made_run(folder, TASK, LABELS, probabilities(range(3)), keeps=False),
        RunError,
        "has no kept test answers (answers.npz)",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_other_runs_are_refused_with_what_differs(what: str, first: Run, tmp_path: Path) -> None:
    make, kind, said = REFUSED[what]
    with pytest.raises(kind) as raised:
        tlzoo.compare_runs([first, make(tmp_path / "other")])
    assert said in str(raised.value)
    assert raised.value.fix
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("count", "said"), [(0, "got no run"), (1, "got only "), (2, "is given twice")])
def test_one_run_is_not_a_comparison(count: int, said: str, first: Run) -> None:
    with pytest.raises(UsageError, match=said):
        tlzoo.compare_runs([first] * count)


def test_changed_answers_of_a_folder_are_refused(first: Run, second: Run) -> None:
    path = second.path / "answers.npz"
    path.write_bytes((first.path / "answers.npz").read_bytes())
    with pytest.raises(BytesRefusedError, match="was changed"):
        tlzoo.compare_runs([first, second])


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as archive:
        return dict(archive)


DAMAGE = {
    "another number of names": {"ends": np.array([3])},
    "ends beyond the text": {"ends": np.full(COUNT, 10**12)},
    "falling ends": {"ends": np.arange(COUNT, 0, -1)},
    "objects": {"kept:label": np.array([None] * COUNT)},
    "a newer format": {"__format__": np.array(9)},
    "no classes": {"kept:label": np.full(COUNT, 7)},
    "names that are not UTF-8": {"names": np.full(60 * 12, 255, np.uint8), "ends": np.arange(1, 61) * 12},
    "no answers": {"kept:label": np.zeros(3, np.int32)},
    "answers of another shape": {"kept:label": np.zeros((COUNT, 2), np.int32)},
    "a single answer": {"kept:label": np.int32(1)},
    "short hashes": {"digests": np.zeros((COUNT, 8), np.uint8)},
    "hashes of other labels": {"labels": np.zeros((3, 8), np.uint8)},
    "names in rows": {"names": np.zeros((COUNT, 9), np.uint8)},
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_answers_are_refused_in_one_line(what: str, first: Run, second: Run) -> None:
    path, result = second.path / "answers.npz", (second.path / "result.json").read_text()
    np.savez(path, allow_pickle=True, **(arrays_of(path) | DAMAGE[what]))
    (second.path / "hashes.json").unlink()
    finish_folder(second.path, result)
    with pytest.raises(TlzooError) as raised:
        tlzoo.compare_runs([first, second])
    assert "\n" not in str(raised.value)


def test_answers_with_a_wrong_checksum_are_refused_although_their_hash_is_right(first: Run, second: Run) -> None:
    path, result = second.path / "answers.npz", (second.path / "result.json").read_text()
    content = bytearray(path.read_bytes())
    place = content.index(arrays_of(path)["digests"].tobytes())
    content[place] ^= 1
    path.write_bytes(content)
    finish_folder(second.path, result)
    with pytest.raises(BytesRefusedError, match=r"answers\.npz cannot be read \(Bad CRC-32"):
        tlzoo.compare_runs([first, second])


def test_the_interval_of_a_class_has_the_degrees_of_freedom_of_its_samples(tmp_path: Path) -> None:
    labels = np.array([0] * 56 + [1] * 4)
    runs = []
    for name, wrong in (("one", [0, 1, 57]), ("other", [0, 2, 3, 4, 5, 6, 59])):
        predicted = np.where(np.isin(np.arange(COUNT), wrong), 1 - labels, labels)
        runs.append(made_run(tmp_path / name, TASK, labels, np.eye(2, dtype=np.float32)[predicted]))
    found = tlzoo.compare_runs(runs)
    at, measure = next(
        (at, each) for at, each in enumerate(found.figures.measures) if (each.row, each.name) == ("dog", "f1")
    )
    (own,) = (each.difference for each in found.figures.differences if each.measure is measure)
    weights = np.concatenate(list(bootstrap_weights(COUNT)))
    one, other = (each.outcomes.figures(weights)[:, at] for each in found.runs)
    known = (other - one)[np.isfinite(other - one)]
    half = known.std(ddof=1) * np.sqrt(4 / 3) * t.ppf(1 - 0.05 / 2 / 2, df=3)  # of four dogs, and two classes
    assert own.interval == pytest.approx((own.value - half, own.value + half))


def test_names_with_any_characters_are_kept(tmp_path: Path) -> None:
    names = ["", "ä/ö.png", "a\nb", *map(str, range(COUNT - 3))]
    run = made_run(tmp_path / "run", TASK, LABELS, probabilities(range(3)), names=names)
    assert read_answers(run.path / "answers.npz").names == names


def test_tensorflow_is_not_imported(first: Run, second: Run) -> None:
    code = f"import sys, tlzoo; tlzoo.compare_runs([{str(first.path)!r}, {str(second.path)!r}]); "
    done = subprocess.run(
        [sys.executable, "-c", code + "print('tensorflow' in sys.modules)"], capture_output=True, check=True
    )
    assert done.stdout == b"False\n"


def test_the_best_pairs_of_many_runs_are_displayed(first: Run, tmp_path: Path) -> None:
    others = [made_run(tmp_path / f"{wrong}", TASK, LABELS, probabilities(range(wrong))) for wrong in (3, 4, 5, 6)]
    found = tlzoo.compare_runs([first, *others])
    assert len(found.differences) == 10
    assert found.shown_pairs == {("A", "B"), ("B", "C"), ("B", "D"), ("B", "E")}
    assert found.verdict.count("; ") == 3
    assert run_letter(27) == "AB"


def test_many_runs_are_compared_with_the_best_only(tmp_path: Path) -> None:
    runs = [made_run(tmp_path / f"{wrong}", TASK, LABELS, probabilities(range(wrong))) for wrong in range(9, 0, -1)]
    found = tlzoo.compare_runs(runs)
    assert [(each.first, each.second) for each in found.differences] == [(each, "I") for each in "ABCDEFGH"]
    assert found.differences[0].difference.p_value == pytest.approx(36 * mcnemar_p_value(8, 0))  # as of all pairs
    assert found.shown_pairs == {(each, "I") for each in "ABCDEFGH"}


def test_a_comparison_is_a_table(comparison: RunComparison) -> None:
    assert "B is better by 20.0 points" in repr(comparison)
    assert "<table" in comparison._repr_html_()
    assert [each["accuracy"] for each in comparison.to_records()] == pytest.approx([40 / 60, 52 / 60])
