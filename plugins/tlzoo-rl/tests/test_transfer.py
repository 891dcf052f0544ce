"""The measures, on curves whose answers are known."""

import numpy as np
import pytest

from tlzoo.errors import DataError
from tlzoo_rl.transfer import Curve, interquartile_mean, measure
from tlzoo_rl.transfer.__main__ import _text


def line(begin: float, end: float, noise: float = 0.0) -> Curve:
    steps = np.linspace(100, 2000, 20)
    return Curve(tuple(steps.astype(int).tolist()), tuple((np.linspace(begin, end, 20) + noise).tolist()))


SCRATCH = [line(0, 100, noise) for noise in (0, 1, 2, 3)]


def test_the_interquartile_mean_leaves_out_the_outer_quarters():
    assert interquartile_mean([-1000, 1, 3, 1000]) == 2


def test_a_start_that_is_higher_is_a_jumpstart():
    report = measure([line(50, 100, noise) for noise in (0, 1, 2, 3)], SCRATCH, 2000)
    assert report.jumpstart.value == pytest.approx(50)
    assert report.asymptote.value == pytest.approx(0)
    assert report.area_ratio.value == pytest.approx((76.5 - 51.5) / 51.5, rel=1e-3)
    assert report.verdict.startswith("Transfer helps")


def test_half_the_steps_to_the_threshold_are_a_ratio_of_a_half():
    fast = [Curve((100, 1000, 2000), (0.0, 100.0, 100.0))] * 4
    slow = [Curve((100, 2000), (0.0, 100.0))] * 4
    report = measure(fast, slow, 2000, threshold=100)
    assert report.steps_to_threshold == {"transfer": 1000, "scratch": 2000}
    assert report.step_ratio.value == pytest.approx(0.5)
    assert report.reached == {"transfer": 4, "scratch": 4}


def test_harm_is_said_in_the_first_line():
    report = measure([line(0, 40, noise) for noise in (0, 1, 2, 3)], SCRATCH, 2000)
    assert report.verdict.startswith("Negative transfer")
    assert report.reached["transfer"] == 0
    assert report.steps_to_threshold["transfer"] == 2000


def test_what_cannot_be_told_apart_is_said_so():
    report = measure(SCRATCH, SCRATCH, 2000)
    assert report.verdict.startswith("No difference")
    assert report.area_ratio.low < 0 < report.area_ratio.high


def test_negative_returns_have_an_area_too():
    report = measure([line(-400, -80)] * 3, [line(-500, -100)] * 3, 2000)
    assert report.area_ratio.value > 0


def test_no_runs_are_an_error():
    with pytest.raises(DataError, match="there are none"):
        measure([], SCRATCH, 2000)


def test_the_text_begins_with_the_verdict():
    text = _text(measure([line(50, 100)] * 3, SCRATCH, 2000))
    assert text.startswith("Transfer helps")
    assert "steps to threshold, ratio" in text
