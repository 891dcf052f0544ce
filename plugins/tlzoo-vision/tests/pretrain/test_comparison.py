"""The card of EfficientNet-Lite0 and the guide show the recorded comparison; the few-shot regression is correct."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

PLUGIN = Path(__file__).parents[2]
GUIDE = PLUGIN.parents[1] / "docs" / "guides" / "vision.md"
CARD = PLUGIN / "tlzoo_vision" / "cards" / "efficientnet-lite0.imagenet.md"


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGIN))


def test_the_card_and_the_guide_have_the_tables_and_the_verdict_of_the_results() -> None:
    from pretrain.imagenet.evaluate import RESULTS, summary, tables, verdict

    judged = json.loads(RESULTS.read_text("utf-8"))
    lines = CARD.read_text("utf-8").splitlines()
    assert [line for line in (*tables(judged), *verdict(judged)) if line not in lines] == []
    lines = GUIDE.read_text("utf-8").splitlines()
    assert [line for line in (*summary(judged), *verdict(judged)) if line not in lines] == []


def test_a_difference_is_certain_where_its_interval_leaves_out_zero() -> None:
    from pretrain.imagenet.evaluate import OURS, verdict

    judged = {
        "made": {
            "pixels": {"5": [0.1, 0.2, 0.3], "10": [0.8, 0.9, 0.8], "20": [0.5, 0.5, 0.5]},
            "ColourNet": {"5": [0.2, 0.3, 0.4], "10": [0.1, 0.2, 0.1], "20": [0.1, 0.9, 0.5]},
            "small network, from scratch": {"5": [0.1, 0.2], "10": [0.9]},
            OURS: {"5": [0.5, 0.6, 0.71], "10": [0.5, 0.6, 0.51], "20": [0.5, 0.5, 0.6]},
        }
    }
    assert list(verdict(judged)) == [
        "- Against ColourNet: better in 2 of 3 cells. Worse: none. Undecided: made at 20.",
        "- Against the best other row: better in 1 of 3 cells. Worse: made at 10 (pixels). "
        "Undecided: made at 20 (pixels).",
        "- Against the best network from scratch: better in 1 of 1 cells. Worse: none. Undecided: none.",
    ]


def test_fewer_draws_than_five_are_stated() -> None:
    from pretrain.imagenet.evaluate import OURS, tables

    rows = {
        "small network, from scratch": {"5": [0.5, 0.6], "10": [0.7]},
        OURS: {"5": [0.7, 0.8, 0.9, 0.9, 0.9], "10": [0.9, 0.8, 0.9, 0.9, 0.9]},
    }
    lines = list(tables({"stamps": rows}))
    assert "| small network, from scratch | 0.550 ± 0.635 (2 draws) | 0.700 (1 draw) |" in lines
    assert f"| {OURS} minus the best network from scratch | +0.200 ± 0.000 (2 draws) | +0.200 (1 draw) |" in lines
    assert f"| {OURS} minus ColourNet |  |  |" in lines


def test_a_regression_in_the_span_of_the_labelled_rows_is_that_on_all_features() -> None:
    from pretrain.fewshot import accuracy

    random = np.random.default_rng(0)
    labels = random.integers(0, 4, 300)
    vectors = random.normal(size=(300, 200)).astype(np.float32) + np.eye(4, 200, dtype=np.float32)[labels] * 2
    labelled, rest = np.arange(60), np.arange(60, 300)
    scaled = (vectors - vectors[labelled].mean(axis=0)) / vectors[labelled].std(axis=0).mean()
    expected = LogisticRegression(C=0.1, max_iter=300).fit(scaled[labelled], labels[labelled])
    found = accuracy(vectors, labels, labelled, rest, 0.1)
    assert found == pytest.approx(expected.score(scaled[rest], labels[rest]), abs=1 / 240)
    assert found > 0.4
