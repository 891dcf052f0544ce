"""The page of runs in Chromium, and its text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_browser import chromium, shortcomings
from made_runs import made_run, made_run_set

import tlzoo
from tlzoo.errors import UsageError
from tlzoo.progress import Silent
from tlzoo.runs import Run, open_source
from tlzoo.tasks import Classification

MARKUP = "<script>alert(1)</script>"


def of_pictures(folder: Path, name: str, wrong: int, **recipe: Any) -> Run:
    """A run on the first digits."""
    samples = open_source("digits:", Silent())
    labels = samples.labels[:40]
    predicted = np.where(np.arange(40) < wrong, (labels + 1) % 10, labels)
    answers = np.where(np.arange(10) == predicted[:, np.newaxis], 0.91, 0.01).astype(np.float32)
    names = [samples.examples.name(at) for at in range(40)]
    given = {"names": names, "digests": samples.digests[:40], "data": "digits:"}
    return made_run(folder / name, samples.task, labels, answers, **given, **recipe)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs on the same samples, another with markup in all names, and one that is not finished."""
    folder = tmp_path_factory.mktemp("runs")
    for name, wrong, epochs in (("one", 12, 3), ("other", 2, 8)):
        lines = [{"position": 0, "phase": "head", "epoch": at, "val_loss": 1 / (at + wrong)} for at in range(1, epochs)]
        of_pictures(folder, name, wrong, epochs=epochs, lines=lines)
    labels = np.arange(6) % 2
    task = Classification((f"a{MARKUP}", "b"))
    answers = np.eye(2, dtype=np.float32)[labels]
    made_run(
        folder / "markup", task, labels, answers, data=f"images:{MARKUP}", names=[f"{at}{MARKUP}" for at in range(6)]
    )
    made_run(folder / "open", task, labels, answers).path.joinpath("result.json").unlink()
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="module")
def pages(folder: Path) -> list[Path]:
    """The page of all runs, and that of two with pictures of the changed samples."""
    pages = [folder.parent / "all.html", folder.parent / "two.html"]
    tlzoo.find_runs(folder).write_page(pages[0])
    tlzoo.compare_runs([folder / "one", folder / "other"], html=pages[1])
    return pages


def test_the_page_has_every_run_and_the_comparison(pages: list[Path]) -> None:
    page = pages[0].read_text()
    for name in ("one", "other", "markup", "open"):
        assert f">{name}</span>" in page
    assert "accuracy: B is better by 25.0 points" in page
    assert "not finished" in page
    assert MARKUP not in page
    assert page.count("<polyline") == 2
    assert "default-src 'none'" in page


def test_changed_samples_have_pictures(pages: list[Path]) -> None:
    assert pages[1].read_text().count("data:image/webp") == 10


def test_without_the_data_the_page_says_why_it_has_no_pictures(tmp_path: Path) -> None:
    labels = np.arange(6) % 2
    odds = np.array([[0.9, 0.1]] * 6, np.float32)
    task = Classification(("a", "b"))
    runs = [
        made_run(tmp_path / name, task, labels, each, data="images:gone")
        for name, each in (("x", odds), ("y", 1 - odds))
    ]
    tlzoo.compare_runs(runs, html=tmp_path / "page.html")
    assert "No pictures: folder &#39;gone&#39; does not exist" in (tmp_path / "page.html").read_text()


def test_a_run_set_is_a_row_with_means_and_intervals(tmp_path: Path) -> None:
    labels = np.arange(20) % 2
    answers = [np.eye(2, dtype=np.float32)[np.where(np.arange(20) < wrong, 1 - labels, labels)] for wrong in (2, 6)]
    made = made_run_set(tmp_path / "runs" / "set", Classification(("a", "b")), labels, answers)
    low, high = made.interval["accuracy"] or (None, None)
    tlzoo.find_runs(tmp_path / "runs").write_page(tmp_path / "page.html")
    page = tmp_path.joinpath("page.html").read_text()
    assert "<h1>1 run set</h1>" in page
    assert '>set</span> <span class="quiet small">2 runs</span>' in page
    assert f'0.800<div class="quiet small">{low:.3f} to {high:.3f}</div>' in page
    assert "A run set has the means of its runs" in page
    (made.path / "result.json").write_text("{}")
    tlzoo.find_runs(tmp_path / "runs").write_page(tmp_path / "page.html")
    assert "<h1>1 run set</h1>" in tmp_path.joinpath("page.html").read_text()  # a damaged one


SHOWN = """
return [...document.querySelectorAll('#entries tbody tr')].filter((row) => !row.hidden).map((row) => row.dataset.key)
"""
CHOOSE = """
const control = document.getElementById(arguments[0]);
control.value = arguments[1];
control.dispatchEvent(new Event('change'));
"""


def test_the_table_sorts_and_filters_with_its_curves(browser: Any, pages: list[Path]) -> None:
    browser.get(pages[0].as_uri())
    by_accuracy = "[...document.querySelectorAll('th button')].find((each) => each.textContent === 'accuracy').click()"
    before = browser.execute_script(SHOWN)
    browser.execute_script(by_accuracy)
    after = browser.execute_script(SHOWN)
    assert sorted(before) == sorted(after)
    assert after == ["0", "3", "1", "2"]  # the unfinished run last
    browser.execute_script(CHOOSE, "data", "digits:")
    assert browser.execute_script(SHOWN) == ["3", "1"]
    browser.execute_script(CHOOSE, "search", "other")
    assert browser.execute_script(SHOWN) == ["3"]
    assert browser.execute_script("return document.querySelectorAll('g.run.away').length") == 1
    assert browser.execute_script("return document.getElementById('shown').textContent") == "1 of 4"


@pytest.mark.parametrize("at", [0, 1])
def test_nothing_serious_is_found_at_any_width_in_any_mode(browser: Any, pages: list[Path], at: int) -> None:
    assert shortcomings(browser, pages[at].as_uri()) == []


def test_a_page_needs_runs_and_a_folder(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no run"):
        tlzoo.find_runs(tmp_path).write_page(tmp_path / "page.html")
    with pytest.raises(UsageError, match="no folder"):
        tlzoo.compare_runs([folder / "one", folder / "other"], html=tmp_path / "no/page.html")
