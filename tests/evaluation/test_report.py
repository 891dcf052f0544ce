"""The report: one page that is complete in itself, whatever the names in it."""

import base64
import io
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from made_reports import EVIL, made_report
from PIL import Image

from tlzoo.evaluation import AuditLine, Prediction, Report, render_report, write_report
from tlzoo.printable import printable
from tlzoo.tasks import Figure, ReportSection, Score, classification_metrics

VOID = {"meta", "img", "br", "hr", "link", "input", "use", "path", "image", "rect"}


class Page(HTMLParser):
    """What is in a page; raises where a tag is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.references: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "srcset", "action", "data", "poster"}:
                self.references.append(value or "")
            if name == "id":
                self.ids.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def report() -> Report:
    return made_report()


def test_the_page_parses_and_asks_for_nothing_outside(report: Report) -> None:
    page = Page(render_report(report))
    assert page.references
    assert all(each.startswith(("data:image/png;base64,", "data:image/webp;base64,", "#")) for each in page.references)
    assert not {"link", "script", "iframe", "object", "embed", "base"} & set(page.tags)
    assert len(page.ids) == len(set(page.ids))


def test_the_style_asks_for_nothing_outside(report: Report) -> None:
    text = render_report(report)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in text


def test_everything_given_is_on_the_page(report: Report) -> None:
    words = Page(render_report(report)).words
    for each in (
        "vision/glyphs.letters",
        "images:photos",
        "multi-step",
        "83.3 %",
        "95 % confidence interval",
        "80 examples",
        "Warnings and notes Validation is small. lp-ft, because there are few labels",
        "cached features",
        "1 h 1 min",
        "undone",
        "2 trained, 40 frozen",
        "not an image",
        "photos/2.jpg",
        report.recipe,
        "2.21.0",
        "1 min 23 s",
    ):
        assert each in words, each


def test_an_activation_map_is_next_to_its_image(report: Report) -> None:
    plain = Page(render_report(report))
    shaded = tuple(replace(each, activation=each.image) for each in report.most_wrong)
    page = Page(render_report(replace(report, most_wrong=shaded)))
    assert len(page.references) == len(plain.references) + 1
    assert "Grad-CAM" in page.words
    assert "Grad-CAM" not in plain.words


def test_names_are_shown_as_they_are_and_never_run(report: Report) -> None:
    text = render_report(report)
    assert "<script" not in text
    assert EVIL in Page(text).words


def test_hidden_and_turning_characters_are_shown_as_escapes(report: Report) -> None:
    name, shown = "cat\u202egnp\x1b[2J\u200b\x85", r"cat\u202egnp\x1b[2J\u200b\x85"
    hostile = replace(
        report,
        backbone=name,
        data=name,
        strategy=name,
        facts={name: name},
        warnings=(name,),
        notes=(name,),
        recipe=f"# {name}\nseed = 0",
        environment={name: name},
        metrics=classification_metrics(np.array([0, 1, 1]), np.eye(2)[[0, 1, 0]], (name, "b")),
        phases=tuple(replace(each, name=name, trains=name) for each in report.phases),
        audit=(AuditLine(name, kept=False, text=name),),
        set_aside=((name, name),),
        samples=(Prediction(name, name, 0.5, "b", report.most_wrong[0].image),),
        most_wrong=(Prediction(name, name, 0.5, "b", text=name),),
    )
    text = render_report(hostile)
    assert text == printable(text)
    assert f"# {shown}\nseed = 0" in text
    assert text.count(shown) > 20


def test_pictures_are_small(report: Report) -> None:
    references = [each for each in Page(render_report(report)).references if each.startswith("data:")]
    sizes = {Image.open(io.BytesIO(base64.b64decode(each.split(",")[1]))).size for each in references}
    assert {(128, 192), (20, 20)} <= sizes


def test_long_lists_are_cut_and_said_to_be(report: Report) -> None:
    many = tuple((f"photos/{each}.jpg", "empty") for each in range(250))
    words = Page(render_report(replace(report, set_aside=many, samples=report.samples[1:] * 30))).words
    assert "250 inputs could not be read" in words
    assert "The first 200 of 250 skipped inputs." in words
    assert "24 of 30 shown." in words


def test_a_run_without_test_data_or_phases_has_a_page_too() -> None:
    page = Page(render_report(Report("a/b.c", "digits:", "probe", "today", "", {})))
    assert "a/b.c on digits:" in page.words
    assert "Confusion matrix" not in page.words


def test_many_classes_are_folded_away(report: Report) -> None:
    classes = tuple(f"class {each}" for each in range(100))
    metrics = classification_metrics(np.arange(100), np.eye(100)[::-1], classes)
    page = Page(render_report(replace(report, metrics=metrics)))
    assert "details" in page.tags
    assert "Show all 100" in page.words


def test_the_file_is_replaced_whole(tmp_path: Path, report: Report) -> None:
    path = write_report(tmp_path / "run" / "report.html", report)
    assert write_report(path, replace(report, data="images:caf\udce9")) == path
    assert "caf\\xe9" in path.read_text(encoding="utf-8")
    assert list(path.parent.iterdir()) == [path]


def test_importing_evaluation_and_export_is_light() -> None:
    heavy = "{'tensorflow', 'keras', 'matplotlib', 'sklearn', 'jinja2'}"
    code = f"import sys, tlzoo.evaluation, tlzoo.export; sys.exit(str({heavy} & set(sys.modules) or ''))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


class Found:
    """Metrics of a task that the core does not know."""

    kind = "detection"
    row_title = "object"
    score = Score("mAP", 0.41, 0.02)
    figures = (Figure("map", "mAP", 0.41), Figure("boxes", "boxes", 120, "count"))
    rows: ClassVar = {"<cat>": (Figure("ap", "AP", 0.3125),), "dog": (Figure("ap", "AP", None),)}

    def to_json(self) -> dict[str, Any]:
        return {"map": 0.41, "boxes": 120}


def test_metrics_of_any_task_have_tiles_and_rows(report: Report) -> None:
    text = " ".join(Page(render_report(replace(report, metrics=Found(), points={}))).text)
    for shown in ("mAP", "0.41", "boxes", "120", "By object", "<cat>", "AP", "0.3125", "n/a"):
        assert shown in text
    assert "Confusion" not in text


def test_a_report_section_without_its_templates_is_refused_before_a_run(tmp_path: Path) -> None:
    (tmp_path / "tiles.html.jinja").touch()
    with pytest.raises(FileNotFoundError, match=r"no template .*section\.html\.jinja"):
        ReportSection(tmp_path)
    (tmp_path / "section.html.jinja").touch()
    assert ReportSection(tmp_path).templates == tmp_path


def test_a_solved_phase_is_counted_in_passes_and_not_drawn_among_epochs(report: Report) -> None:
    head, rest = report.phases[0], replace(report.phases[0], name="everything")
    words = Page(render_report(replace(report, phases=(replace(head, solved=True), rest)))).words
    assert "2 passes" in words
    assert "Not drawn: 'head', fitted to the optimum by a solver, without epochs." in words
    alone = Page(render_report(replace(report, phases=(replace(head, solved=True),)))).words
    assert "each point is a pass of the solver" in alone


def test_an_alternative_that_was_not_kept_is_called_discarded(report: Report) -> None:
    tried = replace(report.phases[0], name="1e-5", after=-1, kept=False)
    words = Page(render_report(replace(report, phases=(tried, replace(tried, name="1e-4", kept=True))))).words
    assert "budget, discarded" in words
    assert "Pale lines are discarded phases" in words
