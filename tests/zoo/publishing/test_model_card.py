"""Figures of model cards with their confidence intervals."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tlzoo
from tlzoo.errors import UsageError
from tlzoo.runs.comparison.subgroup_figures import Subgroup
from tlzoo.tasks import Figure
from tlzoo.tasks.metrics import Score
from tlzoo.zoo.publishing.model_card import result_lines


def lines(score: Score, figures: list[Figure], rows: dict[str, list[Figure]] | None = None, *by: Any) -> list[str]:
    metrics: Any = SimpleNamespace(score=score, figures=figures, rows=rows or {}, row_title="class")
    return list(result_lines(metrics, *by))


def test_only_the_score_has_the_interval_of_its_standard_error() -> None:
    score = Score("mean average precision", 0.99, 0.01)
    figures = [
        Figure("micro_f1", "micro F1", 0.99, "share"),
        Figure("mean_average_precision", "mean average precision", 0.99, "share"),
    ]
    found = lines(score, figures)
    assert "| micro F1 | 99.0 % |  |" in found
    assert "| mean average precision | 99.0 % | 97.0 % to 100.0 % |" in found
    found = lines(Score("R²", 0.99, 0.01), [Figure("r2", "R²", 0.99)])
    assert "| R² | 0.99 | 0.9704 to 1.01 |" in found


def test_rows_show_their_intervals() -> None:
    row = [Figure("iou", "IoU", 0.5, "share", (0.4, 0.6)), Figure("dice", "Dice", None, "share", (0.1, 0.2))]
    found = lines(Score("mean IoU", 0.5), [Figure("mean_iou", "mean IoU", 0.5, "share")], {"sky": row})
    assert found[found.index("| class | IoU | Dice |") + 2] == "| sky | 50.0 % (40.0 % to 60.0 %) |  |"


def test_subgroups_have_a_table_with_intervals() -> None:
    score, figures = Score("accuracy", 0.9), [Figure("accuracy", "accuracy", 0.9, "share", (0.8, 0.95))]
    assert lines(score, figures)[-1] == "Subgroups of the data were not measured."
    groups = [Subgroup("old|new", 12, [Figure("accuracy", "accuracy", 0.5, "share", (0.25, 0.75))])]
    found = lines(score, figures, None, "cam`era", groups)
    assert "By `camera`, a column of the data:\n" in found
    assert "| cam\\`era | samples | accuracy |" in found
    assert "| old\\|new | 12 | 50.0 % (25.0 % to 75.0 %) |" in found


@pytest.mark.parametrize("given", [{"private": True}, {"by": "camera"}])
def test_an_own_entry_has_no_card_for_subgroups(given: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="remove it"):
        tlzoo.publish(tmp_path, "mine", licence="MIT", **given)
