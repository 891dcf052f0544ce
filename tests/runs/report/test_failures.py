"""A run is finished although a part of its report fails; the report and a note name the part."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import pytest
from made_reports import made_report

import tlzoo
from tlzoo.evaluation import render_report, write_report
from tlzoo.progress import Silent
from tlzoo.tasks import Classification, ClassificationMetrics, ReportSection
from tlzoo.training import SupervisedTrainer

FIELDS = {"data": "digits:", "backbone": "glyphnet", "weights": "random", "per_class": 5, "epochs": 1}


class Telling(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def failing(*_arguments: object, **_named: object) -> NoReturn:
    raise KeyError("grade")


def section(folder: Path, tiles: str, own: str) -> ReportSection:
    for name, text in (("tiles", tiles), ("section", own)):
        (folder / f"{name}.html.jinja").write_text(text)
    return ReportSection(folder)


def test_a_run_is_finished_without_the_parts_that_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = section(tmp_path, "<p>{{ report.metrics.nothing }}</p>", "")
    monkeypatch.setattr(Classification, "describe_answer", failing)
    monkeypatch.setattr(ClassificationMetrics, "report", broken)
    monkeypatch.setattr(ClassificationMetrics, "baseline_note", failing)
    monkeypatch.setattr(SupervisedTrainer, "activation_maps", failing)
    told = Telling()
    run = tlzoo.train(**FIELDS, strategy="feature-extraction", export=["keras"], out=tmp_path / "runs", progress=told)
    assert json.loads((run.path / "result.json").read_text())["test"]["accuracy"] >= 0
    page = run.report.path.read_text()
    for said in (
        "the report has no examples: Classification raised KeyError",
        "the report has no section of ClassificationMetrics: UndefinedError",
    ):
        assert any(each.startswith(said) for each in told.notes), told.notes
        assert said in page
    assert "the report has no comparison with a baseline" in " ".join(told.notes)


@pytest.mark.parametrize(("tiles", "own"), [("{{ 1 / 0 }}", ""), ("", "{{ report.metrics.absent }}"), ("{% if %}", "")])
def test_a_page_has_the_general_section_if_the_own_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiles: str, own: str
) -> None:
    report = made_report()
    monkeypatch.setattr(type(report.metrics), "report", section(tmp_path, tiles, own))
    told: list[str] = []
    text = write_report(tmp_path / "report.html", report, told.append).read_text()
    (note,) = told
    assert note.startswith(f"the report has no section of {type(report.metrics).__name__}: ")
    assert note.partition(": ")[0] in text
    assert f"<dt>{report.metrics.figures[0].title}</dt>" in text


def test_a_page_is_written_without_any_section_if_the_metrics_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = made_report()
    monkeypatch.setattr(type(report.metrics), "figures", property(failing))
    monkeypatch.setattr(type(report.metrics), "report", section(tmp_path, "{{ report.metrics.figures }}", ""))
    told: list[str] = []
    page = render_report(report, told.append)
    assert told
    assert "</html>" in page
