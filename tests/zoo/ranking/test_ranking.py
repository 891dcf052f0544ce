"""The zoo ranked for data, by entries whose truth is known."""

from __future__ import annotations

import json

import pytest
from markupsafe import escape

from tlzoo.errors import UsageError
from tlzoo.zoo.ranking import Baseline, rank, ranking
from tlzoo.zoo.ranking import contender as at_work
from tlzoo.zoo.ranking.output.page import render_page

MADE = ["made/clear.x", "made/noisy.x", "made/headed.x", "made/failing.x", "made/unfetched.x", "made/words.x"]


@pytest.mark.slow
def test_the_best_backbone_is_first_and_unrankable_ones_are_reported(made, shades: str, telling) -> None:
    found = rank(shades, patterns=MADE, progress=telling)
    assert {each.id for each in found.entries[:2]} == {"made/clear.x", "made/headed.x"}
    first, _, last = found.entries
    assert last.id == "made/noisy.x"
    assert first.group == 1 < last.group
    assert first.scores["linear-probe"] > 0.6 > last.scores["linear-probe"]
    low, high = first.intervals["linear-probe"]
    assert low <= first.scores["linear-probe"] <= high
    assert first.cost["latency_ms"]
    assert first.curve is not None
    assert {each.id: (each.reason, each.fix) for each in found.unranked} == {
        "made/unfetched.x": ("not on this machine: weights", "tlzoo fetch made/unfetched.x"),
        "made/failing.x": (
            "made/failing.x: the loader 'tiny' failed: RuntimeError: no such layer",
            "report this to the authors of made, with the output of `--traceback`",
        ),
    }
    assert "1 entry for text skipped: the data are vision" in found.notes
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["entries"][2]["id"] == "made/noisy.x"


@pytest.mark.slow
def test_a_source_head_that_was_kept_is_judged_by_its_predictions(made, shades: str) -> None:
    found = {each.id: each for each in rank(shades, patterns=["made/*.x"], curves=False, baselines=False).entries}
    assert {"leep", "nce"} <= found["made/headed.x"].scores.keys()
    assert not {"leep", "nce"} & found["made/clear.x"].scores.keys()


@pytest.mark.slow
def test_a_second_ranking_computes_no_features_and_measures_nothing(made, shades: str, telling, monkeypatch) -> None:
    once = rank(shades, patterns=["made/clear.x", "made/noisy.x"])
    monkeypatch.setattr("tlzoo.training.frozen.engines.choice.compiled", _refuse)
    monkeypatch.setattr("tlzoo.training.frozen.shards.compiled", _refuse)
    monkeypatch.setattr("tlzoo.zoo.benching.timing.time_run", _refuse)
    again = rank(shades, patterns=["made/clear.x", "made/noisy.x"], progress=telling)
    assert "features" not in telling.work
    assert again.to_json() == once.to_json()


@pytest.mark.slow
def test_more_samples_compute_only_the_new_ones(made, shades: str, monkeypatch) -> None:
    computed: list[int] = []
    before = at_work.sample_features

    def counting(*arguments):
        loaded = before(*arguments)
        computed.append(loaded.computed)
        return loaded

    monkeypatch.setattr(at_work, "sample_features", counting)
    for count in (128, 192):
        rank(shades, patterns=["made/clear.x"], count=count, baselines=False, curves=False)
    assert computed == [128, 64]


@pytest.mark.slow
def test_cached_features_of_training_are_reused(made, shades: str, telling) -> None:
    from tlzoo.backbones import load_backbone
    from tlzoo.progress import Silent
    from tlzoo.runs import open_source
    from tlzoo.zoo.features import extract

    extract(open_source(shades, Silent()), load_backbone("made/clear.x"), (), "declared", Silent())
    rank(shades, patterns=["made/clear.x"], baselines=False, progress=telling)
    assert "features" not in telling.work


@pytest.mark.slow
def test_an_exhausted_budget_drops_the_worst_with_a_note(made, shades: str, monkeypatch) -> None:
    monkeypatch.setattr("tlzoo.zoo.ranking.ranking._remaining_seconds", lambda *_: 1e6)
    found = rank(shades, patterns=["made/*.x"], budget=3600, curves=False, baselines=False)
    assert found.entries[-1].id == "made/noisy.x"
    assert [each.samples for each in found.entries] == [64, 64, 64]
    assert "3 of 3 entries dropped after 64 samples to stay within the budget" in found.notes


@pytest.mark.slow
def test_a_budget_that_is_enough_changes_nothing(made, shades: str) -> None:
    free, bound = (
        rank(shades, patterns=["made/c*", "made/n*"], budget=each, baselines=False, curves=False)
        for each in (None, 3600)
    )
    assert free.to_json() == bound.to_json()


@pytest.mark.slow
def test_baselines_are_listed_separately(made, shades: str) -> None:
    found = rank(shades, patterns=["made/clear.x"], curves=False)
    names = [each.name for each in found.baselines]
    assert names == ["commonest class", "pixels", "made/clear.x, random weights"]
    assert found.baselines[0].scores["knn"] == pytest.approx(1 / 3, abs=0.01)


@pytest.mark.slow
def test_a_baseline_that_scores_above_an_entry_is_noted_everywhere(made, shades: str, telling, monkeypatch) -> None:
    monkeypatch.setattr(ranking._Work, "baselines", lambda *_: iter([Baseline("luck", {"knn": 1.5})]))
    found = rank(shades, patterns=["made/clear.x"], scores=["knn"], curves=False, progress=telling)
    (note,) = (each for each in found.notes if "scores higher than" in each)
    assert note.startswith("the baseline 'luck' (knn 1.500) scores higher than made/clear.x (")
    assert note in telling.notes
    assert note in found.to_json()["notes"]
    assert escape(note) in render_page(found)


@pytest.mark.slow
def test_an_interruption_reports_the_saved_work(made, shades: str, monkeypatch) -> None:
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tlzoo.zoo.ranking.ranking.score_all", interrupted)
    with pytest.raises(KeyboardInterrupt, match="run the same command again"):
        rank(shades, patterns=["made/clear.x"])


@pytest.mark.slow
def test_unknown_names_are_refused_before_any_work(made, shades: str) -> None:
    with pytest.raises(UsageError, match="no score 'kn'; did you mean 'knn'"):
        rank(shades, scores=["kn"])
    with pytest.raises(UsageError, match="no entry matches 'nothing"):
        rank(shades, patterns=["nothing*"])
    with pytest.raises(UsageError, match="no entry for vision matches"):
        rank(shades, patterns=["made/words.x"])


def _refuse(*_arguments, **_named):
    raise AssertionError("this was computed before")
