"""The card of EfficientNet-Lite0 shows the recorded comparison, and the few-shot regression is what it says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

PLUGIN = Path(__file__).parents[2]
CARD = PLUGIN / "tlzoo_vision" / "cards" / "efficientnet-lite0.imagenet.md"


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGIN))


def test_the_card_has_the_tables_and_the_verdict_of_the_results() -> None:
    from pretrain.imagenet.evaluate import RESULTS, tables, verdict

    judged = json.loads(RESULTS.read_text("utf-8"))
    lines = CARD.read_text("utf-8").splitlines()
    assert [line for line in (*tables(judged), *verdict(judged)) if line not in lines] == []


def test_a_difference_is_certain_where_its_interval_leaves_out_zero() -> None:
    from pretrain.imagenet.evaluate import OURS, verdict

    judged = {
        "made": {
            "pixels": {"5": [0.1, 0.2, 0.3], "10": [0.8, 0.9, 0.8], "20": [0.5, 0.5, 0.5]},
            "ColourNet": {"5": [0.2, 0.3, 0.4], "10": [0.1, 0.2, 0.1], "20": [0.1, 0.9, 0.5]},
            OURS: {"5": [0.5, 0.6, 0.71], "10": [0.5, 0.6, 0.51], "20": [0.5, 0.5, 0.6]},
        }
    }
    assert list(verdict(judged)) == [
        "- Against ColourNet: better in 2 of 3 cells. Worse: none. Undecided: made at 20.",
        "- Against the best other row: better in 1 of 3 cells. Worse: made at 10 (pixels). "
        "Undecided: made at 20 (pixels).",
    ]


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
