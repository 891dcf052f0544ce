"""One Metrics contract for all tasks: scores, figures, rows, and what is read back from JSON."""

import json
import math
import sys

import numpy as np
import pytest

from tlzoo.evaluation import headline, read_metrics
from tlzoo.tasks import PlainMetrics, classification_metrics, multi_label_metrics, regression_metrics

LABELS = np.arange(12) % 3
PROBABILITIES = np.eye(3)[[*LABELS[:9], 0, 0, 0]] * 0.97 + 0.01
CLASSIFIED = classification_metrics(LABELS, PROBABILITIES, ("ant", "bee", "cat"))
SEVERAL = multi_label_metrics(np.eye(3)[LABELS], PROBABILITIES, ("ant", "bee", "cat"), [0.5, 0.4, 0.3])
TRUTH = np.stack([np.arange(8.0), np.arange(8.0) ** 2], axis=1)
NUMBERS = regression_metrics(TRUTH, TRUTH + np.array([[0.0, -4.0], [2.0, 0.0]] * 4), ("size", "price"))
PLAIN = PlainMetrics({"mean_return": 195.0, "standard_error": 2.5, "note": "short", "episodes": 20})
ALL = [CLASSIFIED, SEVERAL, NUMBERS, PLAIN]


@pytest.mark.parametrize("metrics", ALL, ids=lambda each: type(each).__name__)
def test_metrics_are_the_same_after_json(metrics) -> None:
    assert read_metrics(json.loads(json.dumps(metrics.to_json()))) == metrics


@pytest.mark.parametrize("metrics", ALL, ids=lambda each: type(each).__name__)
def test_score_has_a_standard_error(metrics) -> None:
    assert math.isfinite(metrics.score.value)
    assert metrics.score.standard_error > 0
    assert metrics.to_json()["standard_error"] == metrics.score.standard_error


@pytest.mark.parametrize("metrics", ALL, ids=lambda each: type(each).__name__)
def test_figures_are_values_of_the_json(metrics) -> None:
    values = metrics.to_json()
    assert {each.name: each.value for each in metrics.figures}.items() <= values.items()


@pytest.mark.parametrize("metrics", ALL, ids=lambda each: type(each).__name__)
def test_every_row_has_the_same_figures(metrics) -> None:
    assert len({tuple(each.title for each in row) for row in metrics.rows.values()}) <= 1


def test_rows_are_per_label() -> None:
    assert (CLASSIFIED.row_title, list(CLASSIFIED.rows)) == ("class", ["ant", "bee", "cat"])
    assert [each.value for each in CLASSIFIED.rows["bee"]] == [1.0, 0.75, pytest.approx(6 / 7), 4]
    assert [row[-1].value for row in SEVERAL.rows.values()] == [0.5, 0.4, 0.3]
    assert (NUMBERS.row_title, [row[0].value for row in NUMBERS.rows.values()]) == ("target", [1.0, 2.0])


def test_single_target_has_no_rows() -> None:
    assert not regression_metrics(TRUTH[:, :1], TRUTH[:, :1] + 1, ("size",)).rows


def test_standard_error_of_accuracy_is_that_of_a_share() -> None:
    smoothed = (10 + 2) / (12 + 4)
    assert CLASSIFIED.accuracy == 10 / 12
    assert CLASSIFIED.score.standard_error == pytest.approx(math.sqrt(smoothed * (1 - smoothed) / 16))


def test_standard_error_of_r2_is_that_of_a_mean_over_samples() -> None:
    truth, found = np.array([0.0, 1, 2, 3])[:, np.newaxis], np.array([0.0, 1, 2, 2])[:, np.newaxis]
    metrics = regression_metrics(truth, found, ("size",))
    explained = 1 - np.array([0, 0, 0, 1]) / 1.25
    assert metrics.score.value == pytest.approx(explained.mean())
    assert metrics.score.standard_error == pytest.approx(explained.std(ddof=1) / 2)


def test_r2_of_a_target_that_does_not_vary_is_not_a_score() -> None:
    metrics = regression_metrics(np.ones((3, 1)), np.ones((3, 1)), ("size",))
    assert math.isnan(metrics.score.value)
    assert math.isnan(metrics.score.standard_error)


def test_headline_is_three_figures_by_their_names_in_json() -> None:
    assert list(headline(CLASSIFIED.to_json())) == ["accuracy", "balanced_accuracy", "macro_f1"]
    assert list(headline(SEVERAL.to_json())) == ["micro_f1", "macro_f1", "mean_average_precision"]
    assert list(headline(NUMBERS.to_json())) == ["mae", "rmse", "r2"]
    assert headline(PLAIN.to_json())["mean_return"] == 195.0


def test_results_of_earlier_versions_are_read() -> None:
    values = CLASSIFIED.to_json()
    for name in ("standard_error", "balanced_accuracy", "log_loss"):
        del values[name]
    found = read_metrics(values)
    assert found.figures == CLASSIFIED.figures
    assert math.isnan(found.score.standard_error)


@pytest.mark.parametrize("change", [{"accuracy_interval": 3}, {"per_class": {}}, {"per_class": {"ant": {"recall": 1}}}])
def test_damaged_metrics_are_refused(change: dict) -> None:
    with pytest.raises(ValueError, match="the metrics are damaged"):
        read_metrics(CLASSIFIED.to_json() | change)


def test_plain_metrics_without_a_number_have_no_score() -> None:
    assert math.isnan(PlainMetrics({"note": "none", "right": True}).score.value)
    assert not PlainMetrics({"note": "none", "right": True}).figures


def test_plain_metrics_have_the_intervals_of_their_json() -> None:
    values = {"r": 2.0, "r_interval": [1.5, 2.5], "low": 1.0, "low_interval": None, "q": 3.0, "q_interval": ["1", 2]}
    figures = read_metrics(values).figures
    assert {each.name: each.interval for each in figures} == {"r": (1.5, 2.5), "low": None, "q": None}


def test_numbers_of_numpy_are_numbers() -> None:
    values = {
        "r": np.float32(0.5),
        "standard_error": np.float64(0.25),
        "episodes": np.int64(3),
        "each": np.array([1.0]),
    }
    metrics = PlainMetrics(values)
    assert (metrics.score.value, metrics.score.standard_error) == (0.5, 0.25)
    assert json.loads(json.dumps(metrics.to_json())) == {"r": 0.5, "standard_error": 0.25, "episodes": 3, "each": [1.0]}


ORDERED = """
from tlzoo.plugins import hookimpl

@hookimpl
def tlzoo_tasks():
    from tlzoo.tasks import Classification, PlainMetrics

    class Grades(Classification):
        kind = "grades"
        metrics_key = "kappa"

        @classmethod
        def read_metrics(cls, values):
            if values["kappa"] is None:
                raise RuntimeError("no kappa")
            return PlainMetrics({"kappa": values["kappa"]})

    return {"grades": Grades}
"""


def test_metrics_of_a_plugin_may_have_the_fields_of_another_task(distributions) -> None:
    distributions.add("acme", ORDERED)
    values = {"kappa": 0.5, "confusion": [[1, 2], [3, 4]], "mean_average_precision": 0.1}
    assert headline(values, "grades") == {"kappa": 0.5}
    with pytest.raises(ValueError, match=r"the metrics are damaged \(RuntimeError: no kappa\)"):
        read_metrics({"kappa": None}, "grades")


def test_metrics_of_a_plugin_are_plain_if_no_plugin_may_be_imported(distributions) -> None:
    distributions.add("acme", ORDERED)
    values = {"kappa": 0.5, "confusion": [[1, 2], [3, 4]]}
    assert read_metrics(values, "grades", plugins=False) == PlainMetrics(values)
    assert "acme.plugin" not in sys.modules
    assert read_metrics(values, "gone") == PlainMetrics(values)


def test_figures_that_are_not_numbers_are_damaged() -> None:
    values = CLASSIFIED.to_json() | {"macro_f1": "high"}
    with pytest.raises(ValueError, match=r"damaged \(macro_f1 is 'high'\)"):
        read_metrics(values, "classification")
