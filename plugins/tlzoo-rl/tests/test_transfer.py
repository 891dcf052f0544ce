"""The measures, on curves whose answers are known."""

import json

import numpy as np
import pytest

from tlzoo import Run
from tlzoo.cli import main_of
from tlzoo.errors import DataError
from tlzoo_rl.transfer import Curve, command, interquartile_mean, measure
from tlzoo_rl.transfer.command import _text
from tlzoo_rl.transfer.comparison import curve_of
from tlzoo_rl.transfer.intervals import estimate


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


@pytest.mark.parametrize("option", ["--steps", "--seeds"])
def test_an_empty_budget_is_wrong_usage(option, monkeypatch, capsys):
    given = ["--data", "gym:CartPole-v1", "--backbone", "mlp.cartpole", "--steps", "10", option, "0"]
    monkeypatch.setattr("sys.argv", ["transfer", *given])
    with pytest.raises(SystemExit) as end:
        main_of("transfer", "compare", command)
    assert end.value.code == 2
    assert f"argument {option}: must be a whole number of at least 1; got '0'" in capsys.readouterr().err


def test_half_the_steps_to_the_threshold_are_a_ratio_of_a_half():
    fast = [Curve((100, 1000, 2000), (0.0, 100.0, 100.0))] * 4
    slow = [Curve((100, 2000), (0.0, 100.0))] * 4
    report = measure(fast, slow, 2000, threshold=100)
    assert report.steps_to_threshold == {"transfer": 1000, "scratch": 2000}
    assert report.step_ratio.value == pytest.approx(0.5)
    assert report.reached == {"transfer": 4, "scratch": 4}


def test_the_first_line_reports_negative_transfer():
    report = measure([line(0, 40, noise) for noise in (0, 1, 2, 3)], SCRATCH, 2000)
    assert report.verdict.startswith("Negative transfer")
    assert report.reached["transfer"] == 0
    assert report.steps_to_threshold["transfer"] == 2000


def test_an_insignificant_difference_is_reported():
    report = measure(SCRATCH, SCRATCH, 2000)
    assert report.verdict.startswith("No difference")
    assert report.area_ratio.low < 0 < report.area_ratio.high


def test_the_area_ratio_is_defined_for_negative_returns():
    report = measure([line(-400, -80)] * 3, [line(-500, -100)] * 3, 2000)
    assert report.area_ratio.value > 0


def test_steps_to_the_threshold_are_those_of_a_measurement():
    good, late = [Curve((400, 2000), (100.0, 100.0))] * 3, [Curve((500, 2000), (0.0, 100.0))] * 3
    report = measure(good, late, 2000, threshold=90)
    assert report.steps_to_threshold == {"transfer": 400, "scratch": 2000}
    assert report.jumpstart.value == pytest.approx(100)


def test_a_single_run_does_not_have_an_interval():
    report = measure([line(50, 100)], [line(0, 100)], 2000)
    assert report.verdict.startswith("One run is not enough")
    assert " to +" not in _text(report)


def test_the_report_says_where_transfer_lies_above_and_below():
    crossing = [line(50, 50, noise) for noise in (0, 1, 2, 3)]  # scratch reaches 50 after half of the steps
    report = measure(crossing, SCRATCH, 2000)
    ((begin, last),) = report.above
    ((first, end),) = report.below
    assert (begin, end) == (100, 2000)
    assert last < 1050 < first
    said = f"above from scratch: 100 to {last:,}; below from scratch: {first:,} to 2,000"
    assert said in _text(report)
    assert report.to_json()["above"] == ((100, last),)
    same = measure(SCRATCH, SCRATCH, 2000)
    assert "above from scratch: nowhere; below from scratch: nowhere" in _text(same)
    assert (measure([line(50, 100)], [line(0, 100)], 2000).above) == ()


def test_no_runs_are_an_error():
    with pytest.raises(DataError, match="one group is empty"):
        measure([], SCRATCH, 2000)


def test_the_text_starts_with_the_verdict():
    text = _text(measure([line(50, 100)] * 3, SCRATCH, 2000))
    assert text.startswith("Transfer helps")
    assert "steps to threshold, ratio" in text


def left(folder, strategy, phases) -> Run:
    """A run as it lies on the disk: of each phase its score, noise, and returns after 100, 200, … steps."""
    results = [{"score": score, "noise": noise, "units": 100 * len(returns)} for score, noise, returns in phases]
    lines = {
        "journal.jsonl": [
            {"event": "result", "position": at, "result": each} for at, each in enumerate(results, start=1)
        ],
        "metrics.jsonl": [
            {"position": at, "steps": 100 * number, "return": each}
            for at, (_, _, returns) in enumerate(phases, start=1)
            for number, each in enumerate(returns, start=1)
        ],
    }
    for name, every in lines.items():
        (folder / name).write_text("".join(json.dumps(each) + "\n" for each in every))
    (folder / "recipe.toml").write_text("")
    budgets = [{"steps": each["units"]} for each in results]
    (folder / "result.json").write_text(json.dumps({"strategy": strategy, "phases": budgets}))
    return Run(folder)


def test_phases_of_a_transfer_run_are_concatenated(tmp_path):
    curve = curve_of(left(tmp_path, "fine-tune", [(40.0, 1.0, [10.0, 20.0]), (60.0, 1.0, [50.0])]))
    assert curve == Curve((100, 200, 300), (10.0, 20.0, 50.0))


def test_measured_steps_come_before_the_first_phase(tmp_path):
    run = left(tmp_path, "fine-tune", [(40.0, 1.0, [10.0, 20.0])])
    result = json.loads((tmp_path / "result.json").read_text()) | {"initial_weights": {"steps": 30}}
    (tmp_path / "result.json").write_text(json.dumps(result))
    assert curve_of(Run(run.path)).steps == (130, 230)


def test_scratch_uses_the_fastest_of_the_equally_good_rates(tmp_path):
    slow, fast, wild = (500.0, 0.0, [10.0, 90.0]), (495.0, 9.0, [80.0, 90.0]), (200.0, 9.0, [99.0, 99.0])
    assert curve_of(left(tmp_path, "from-scratch", [slow, fast, wild])).returns == (80.0, 90.0)


def test_a_run_without_finished_episodes_has_no_curve(tmp_path):
    with pytest.raises(DataError, match="no episode ended"):
        curve_of(left(tmp_path, "from-scratch", [(0.0, 0.0, [])]))


def test_the_interval_leaves_out_a_fortieth_of_the_draws_at_each_end():
    seen = []

    def mean(transfer, _scratch):
        seen.append(transfer[..., 0].mean(axis=-1))
        return seen[-1]

    runs = np.random.default_rng(1).exponential(size=(30, 1))
    found = estimate(mean, runs, runs)
    (draws,) = [each for each in seen if np.ndim(each)]
    assert found.value == runs.mean()
    assert np.mean(draws < found.low) == pytest.approx(0.025, abs=0.001)
    assert np.mean(draws > found.high) == pytest.approx(0.025, abs=0.001)
