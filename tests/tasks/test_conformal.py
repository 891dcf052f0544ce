"""Label sets and intervals, against MAPIE and the definition."""

import numpy as np
import pytest
from mapie.classification import SplitConformalClassifier
from mapie.regression import SplitConformalRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from tlzoo.errors import DataError, UsageError
from tlzoo.tasks import Classification, Decision, MultiLabel, Regression, Task
from tlzoo.tasks.conformal import limits, measured_coverage, needed_samples, read_coverage, sorted_scores

CLASSES = Classification(("a", "b", "c"))
PRICES = Regression(("price",))


def drawn(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    inputs = draw.normal(size=(count, 3))
    return inputs, (inputs + draw.normal(size=(count, 3))).argmax(axis=1)


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9])
def test_sets_equal_those_of_mapie(coverage: float) -> None:
    model = LogisticRegression().fit(*drawn(200, seed=0))
    held_out, labels = drawn(43, seed=1)
    new, truth = drawn(100, seed=2)
    theirs = SplitConformalClassifier(model, confidence_level=coverage, conformity_score="lac", prefit=True)
    _, expected = theirs.conformalize(held_out, labels).predict_set(new)
    bounds = limits(sorted_scores(CLASSES.nonconformity(labels, model.predict_proba(held_out)), 0), coverage, "")
    answers = model.predict_proba(new)
    sets = CLASSES.cover(answers, bounds)["set"] != b""
    np.testing.assert_array_equal(sets, np.asarray(expected)[..., 0])
    measured = measured_coverage(CLASSES, truth, answers, bounds, coverage)
    assert measured.coverage == sets[np.arange(100), truth].mean()
    assert measured.size == pytest.approx(sets.sum(axis=1).mean())
    assert measured.rows["b"].coverage == sets[truth == 1, 1].mean()


@pytest.mark.parametrize("coverage", [0.5, 0.9])
def test_intervals_equal_those_of_mapie(coverage: float) -> None:
    (inputs, _), (held_out, _), (new, _) = (drawn(count, seed) for count, seed in ((50, 0), (37, 1), (20, 2)))
    numbers = [each[:, 0] + each[:, 1] ** 2 for each in (inputs, held_out)]
    model = LinearRegression().fit(inputs, numbers[0])
    theirs = SplitConformalRegressor(model, confidence_level=coverage, conformity_score="absolute", prefit=True)
    _, expected = theirs.conformalize(held_out, numbers[1]).predict_interval(new)
    residuals = PRICES.nonconformity(numbers[1][:, np.newaxis], model.predict(held_out)[:, np.newaxis])
    bounds = limits(sorted_scores(residuals, 0), coverage, "")
    found = PRICES.cover(model.predict(new)[:, np.newaxis], bounds)["intervals"]
    np.testing.assert_allclose(found[:, 0], np.asarray(expected)[..., 0], rtol=1e-5)


def test_targets_of_different_units_have_no_common_size() -> None:
    both, answers = Regression(("metres", "grams")), np.zeros((4, 2))
    measured = measured_coverage(both, np.ones((4, 2), np.float32), answers, np.array([2.0, 500.0]), 0.9)
    assert measured.size is None
    assert {name: row.size for name, row in measured.rows.items()} == {"metres": 4.0, "grams": 1000.0}
    one = measured_coverage(PRICES, np.ones((4, 1), np.float32), answers[:, :1], np.array([2.0]), 0.9)
    assert (one.size, one.to_json()["size"]) == (4.0, 4.0)


def test_a_bound_is_the_score_of_the_rank_that_promises_the_coverage() -> None:
    scores = [[float(each) for each in range(1, 10)]]
    assert limits(scores, 0.9, "run") == [9]
    assert limits(scores, 0.5, "run") == [5]
    assert [needed_samples(each) for each in (0.5, 0.8, 0.9, 0.99)] == [1, 4, 9, 99]
    with pytest.raises(DataError, match=r"run has 9 held-out labels, but a coverage of 95 % needs at least 19"):
        limits(scores, 0.95, "run")
    with pytest.raises(DataError, match="run has 0 held-out labels"):
        limits([], 0.5, "run")


@pytest.mark.parametrize("given", [0, 1, "100%", "0%", 90, "many", float("nan")])
def test_a_coverage_that_is_not_between_0_and_1_is_refused(given: object) -> None:
    with pytest.raises(UsageError, match=f"coverage must be above 0% and below 100%; got {given}"):
        read_coverage(given)


def test_at_most_2000_scores_are_kept() -> None:
    (kept,) = sorted_scores(np.arange(5000.0)[:, np.newaxis], seed=0)
    assert len(kept) == 2000
    assert kept == sorted(set(kept))
    with pytest.raises(
        DataError, match=r"run has the scores of 2000 held-out labels, but .* 99\.98 % needs at least 4999"
    ):
        limits([kept], 0.9998, "run")


def test_a_coverage_that_needs_more_than_2000_scores_keeps_them() -> None:
    scores = sorted_scores(np.arange(6000.0)[:, np.newaxis], seed=0, coverage=0.9998)
    assert len(scores[0]) == needed_samples(0.9998) == 4999
    assert limits(scores, 0.9998, "run") == [scores[0][-1]]
    assert Decision(scores=scores, coverage=0.9998).check(CLASSES).bounds == limits(scores, 0.9998, "run")


@pytest.mark.parametrize(("task", "scores"), [(CLASSES, [[0.1, 0.2, 0.4, 0.7]]), (PRICES, [[1.0, 2.0, 3.0, 10.0]])])
def test_serving_graphs_return_the_sets_of_numpy(task: Task, scores: list[list[float]]) -> None:
    import tensorflow as tf

    answers = np.array([[0.5, 0.3, 0.2], [0.95, 0.05, 0.0], [0.34, 0.33, 0.33]], np.float32)[:, : len(task.names)]
    decision = Decision(scores=scores, coverage=0.5).check(task)
    served = task.serving_answers(decision)(tf.constant(answers))
    arrays = task.serving_arrays(answers, decision)
    assert arrays is not None
    assert served.keys() == arrays.keys() == {*task.serving_outputs, task.cover_name}
    np.testing.assert_array_equal(served[task.cover_name].numpy(), arrays[task.cover_name])
    row = task.read_answer({name: value[1] for name, value in arrays.items()})
    assert row is not None
    assert row[task.cover_name] in (["a"], {"price": [pytest.approx(-2.05), pytest.approx(3.95)]})


@pytest.mark.parametrize(
    "values",
    [
        {"scores": [[0.2, 0.1]]},
        {"scores": [[0.1], [0.2]]},
        {"coverage": 0.9, "scores": [[0.1]]},
        {"coverage": 1.5},
        {"coverage": 0.5},
    ],
)
def test_damaged_scores_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"scores|coverage"):
        Decision.model_validate(values).check(CLASSES)
    with pytest.raises(ValueError, match="scores"):
        Decision(scores=[[0.1]]).check(MultiLabel(("a", "b")))


@pytest.mark.parametrize(("task", "columns"), [(CLASSES, 1), (PRICES, 1), (Regression(("height", "width")), 2)])
def test_scores_have_the_columns_of_the_task(task: Task, columns: int) -> None:
    assert Decision(scores=[[0.1]] * columns).check(task).scores
    for wrong in {1, 2, 3} - {columns}:
        with pytest.raises(ValueError, match="damaged scores"):
            Decision(scores=[[0.1]] * wrong).check(task)
