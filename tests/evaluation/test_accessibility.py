"""The HTML pages in Chromium: axe-core finds nothing serious, and no page scrolls sideways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_browser import chromium, shortcomings, violations
from made_rankings import made_ranking
from made_reports import made_report
from made_runs import made_run_set

from tlzoo.cli import main
from tlzoo.evaluation import write_report
from tlzoo.tasks import Classification, classification_metrics
from tlzoo.zoo import query, write_page
from tlzoo.zoo.ranking import Unranked
from tlzoo.zoo.ranking.output.page import write_page as write_ranking

PAGES = ("report", "ranking", "inspection", "zoo", "run_set")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, with folded lists, warnings, long names and pictures."""
    made = tmp_path_factory.mktemp("pages")
    names = (*(f"class {each} with a rather_long_name" for each in range(26)), "\u0648\u0627\u062d\u062f")
    metrics = classification_metrics(np.arange(27), np.eye(27)[::-1] * 0.7 + 0.01, names)
    report = made_report()
    pairs = tuple(replace(each, activation=each.image) for each in report.most_wrong)
    skipped = tuple((f"photos/{each}.jpg", "empty") for each in range(12))
    write_report(made / "report.html", replace(report, metrics=metrics, most_wrong=pairs, set_aside=skipped))
    missing = tuple(Unranked(f"keras/net{at}.imagenet", "not downloaded", f"tlzoo fetch net{at}") for at in range(12))
    write_ranking(made / "ranking.html", replace(made_ranking(), unranked=missing))
    write_page(made / "zoo.html", query(where="params < 3M"))
    pictures = np.random.default_rng(0).integers(0, 256, (8, 12, 12, 3), dtype=np.uint8)
    splits = np.where(np.arange(40) < 24, "train", "test")
    np.savez(made / "set.npz", x=np.tile(pictures, (5, 1, 1, 1)), y=np.arange(40) % 3, split=splits)
    assert (
        main(["data", "inspect", f"arrays:{made / 'set.npz'}", "--html", str(made / "inspection.html"), "--quiet"]) == 0
    )
    labels = np.arange(40) % 2
    wrong = [np.arange(40) < many for many in (3, 6, 9)]
    answers = [np.eye(2, dtype=np.float32)[np.where(each, 1 - labels, labels)] for each in wrong]
    made_run_set(made / "set", Classification(("a rather long name", "b")), labels, answers)
    (made / "set" / "report.html").rename(made / "run_set.html")
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as driver:
        yield driver


@pytest.mark.parametrize("page", PAGES)
def test_nothing_serious_is_found_at_any_width_in_any_mode(browser: Any, folder: Path, page: str) -> None:
    assert shortcomings(browser, (folder / f"{page}.html").as_uri()) == []


def test_a_fault_is_found(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<html lang="en"><title>t</title><p style="color: #ccc">pale</p><input>')
    browser.get((tmp_path / "page.html").as_uri())
    assert {each.partition(":")[0] for each in violations(browser)} == {"color-contrast", "label"}
