"""Results as they are printed: every figure by its metric's name."""

from __future__ import annotations

from typing import Any

import pytest

from tlzoo.cli.results import print_result
from tlzoo.training.criteria import score_name

METRICS = {
    "examples": 4, "accuracy": 0.75, "accuracy_interval": [0.3, 0.95], "balanced_accuracy": 0.5, "macro_f1": 0.4,
    "per_class": {"a": {"precision": 1, "recall": 1, "f1": 1, "support": 3}}, "confusion": [],
}  # fmt: skip


def result(**changes: Any) -> dict[str, Any]:
    phase = {"name": "head", "epochs": 1, "seconds": 1.0, "mode": "live", "score": 0.5, "stopped": "", "kept": True}
    named = {
        "backbone": "b",
        "data": "d",
        "strategy": "s",
        "head": "h",
        "seed": 0,
        "run": "r",
        "task": "classification",
    }
    return {**named, "examples": {"set_aside": 0}, "phases": [phase], "test": METRICS} | changes


def test_validation_is_called_by_its_metric(capsys: pytest.CaptureFixture[str]) -> None:
    print_result(result(score="balanced accuracy"))
    printed = capsys.readouterr().out
    assert "validation balanced accuracy" in printed
    assert "test accuracy 75.0 % (95 % interval 30.0 % to 95.0 %), balanced accuracy 50.0 %, macro F1" in printed


def test_a_result_of_an_earlier_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    test = {name: value for name, value in METRICS.items() if name != "balanced_accuracy"}
    print_result(result(test=test))
    printed = capsys.readouterr().out
    assert "mode  validation" in printed
    assert "balanced" not in printed


@pytest.mark.parametrize(
    ("kind", "balance", "name"),
    [
        ("classification", "none", "accuracy"),
        ("classification", "weights", "balanced accuracy"),
        ("multi-label", "weights", "mean average precision"),
        ("regression", "none", "explained variance"),
        ("control", "none", "score"),
    ],
)
def test_scores_have_names(kind: str, balance: str, name: str) -> None:
    assert score_name(kind, balance) == name
