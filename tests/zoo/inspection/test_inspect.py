"""Likely wrong labels, missing cells, lengths and the page: what `tlzoo data inspect` adds to counting."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tlzoo.cli import main
from tlzoo.data import ArrayPictures, Samples, TextFacts, inspect, lengths_of, table
from tlzoo.printable import printable
from tlzoo.progress import Silent
from tlzoo.tasks import Classification, MultiLabel, Regression, Task
from tlzoo.zoo.inspection.inspect import inspect_source
from tlzoo.zoo.inspection.label_errors import likely_label_errors

REVIEWS = """\
id,review,stars,price,part
1,"a moving film, and a long one",good,3,train
2,a dull <b>film</b>,bad,1.5,train
3,a lovely song,good,2,train
4,"A moving film - and a long one!",good,7,test
5,poor,,1,test
6,a bad book,bad,1,train
7,a dull <b>film</b>,good,4,test
"""


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    (tmp_path / "reviews.csv").write_text(REVIEWS)
    return tmp_path / "reviews.csv"


def samples_of(task: Task, labels: np.ndarray) -> Samples:
    pictures = ArrayPictures("x", np.zeros((len(labels), 1, 1, 1), np.uint8))
    return Samples("x", task, pictures, labels, pictures.digests())


def two_clouds() -> np.ndarray:
    random = np.random.default_rng(0)
    return np.concatenate([random.normal(0, 0.1, (30, 4)) + side for side in ([1, 0, 0, 0], [0, 1, 0, 0])]).astype(
        np.float32
    )


def test_flipped_labels_are_found_and_nothing_else() -> None:
    labels = np.repeat([0, 1], 30)
    labels[[4, 45]] = [1, 0]
    found = likely_label_errors(samples_of(Classification(("a", "b")), labels), two_clouds())
    assert {(each.sample, each.label, each.suggested) for each in found} == {("x[4]", "b", "a"), ("x[45]", "a", "b")}
    assert all(each.doubt > 0.8 and len(each.neighbours) == 3 for each in found)


def test_a_wrong_one_of_several_labels_is_found() -> None:
    labels = np.repeat(np.array([[1, 0], [1, 1]], np.float32), 30, axis=0)
    labels[7] = [1, 1]
    (found,) = likely_label_errors(samples_of(MultiLabel(("a", "b")), labels), two_clouds())
    assert (found.index, found.label, found.suggested) == (7, "a, b", "a")


def test_a_target_far_off_its_neighbours_is_found() -> None:
    labels = np.repeat(np.array([[10.0], [20.0]], np.float32), 30, axis=0)
    labels += np.random.default_rng(0).normal(0, 0.5, labels.shape).astype(np.float32)
    labels[3] = 200
    found = likely_label_errors(samples_of(Regression(("price",)), labels), two_clouds())
    assert found[0].index == 3
    assert found[0].label == "200"


def test_lengths_are_summed_up() -> None:
    found = lengths_of([1, 1, 2, 3, 50])
    assert (found.min, found.quartiles[1], found.max) == (1, 2, 50)
    assert sum(count for _, _, count in found.histogram) == 5
    assert found.histogram[0][0] == 1
    assert found.histogram[-1][1] == 50
    assert lengths_of([3, 3]).histogram == ((3, 3, 2),)


def test_the_histogram_is_a_line_with_a_stroke_at_the_cut() -> None:
    lengths = lengths_of([1] * 8 + [2] * 4 + [4])
    assert [count for _, _, count in lengths.histogram] == [8, 4, 0, 1]
    assert (lengths.bars(), lengths.bars(2), lengths.bars(4)) == ("█▄·▁", "█▄|·▁", "█▄·▁")
    assert lengths_of([7, 7]).bars(3) == "|█"
    assert len(lengths_of(range(1, 1000)).bars()) == 12


def test_texts_are_counted_in_characters_and_words(reviews: Path) -> None:
    found = inspect(
        table(str(reviews), {"text": "review", "target": "price", "group": "stars", "missing": "stars=drop"})
    )
    assert isinstance(found.inputs, TextFacts)
    assert (found.inputs.words.min, found.inputs.words.max) == (3, 8)
    assert found.groups == 2
    (target,) = found.targets
    assert (target.name, target.min, target.max) == ("price", 1, 7)
    assert found.classes == ()


def test_near_duplicates_and_leaks_across_declared_splits_are_found(reviews: Path) -> None:
    found = inspect(table(str(reviews), {"text": "review", "label": "stars", "split": "part", "missing": "stars=drop"}))
    (exact,), (near,) = found.duplicates, found.near_duplicates
    assert [each.rpartition(":")[2] for each in exact.samples] == ["3", "8"]
    assert exact.classes == ("bad", "good")
    assert [each.rpartition(":")[2] for each in near.samples] == ["2", "5"]
    assert found.leaks == (exact, near)


def test_missing_cells_are_a_problem_and_the_rest_is_counted(reviews: Path) -> None:
    found = inspect_source(f"table:{reviews}?text=review&label=stars", progress=Silent()).found
    assert found.samples == 6
    assert found.missing[0].rows == 1
    assert found.problem is not None
    assert "'stars' is missing in 1 row (line 6)" in found.problem
    told = inspect_source(f"table:{reviews}?text=review&label=stars", missing={"stars": "drop"}, progress=Silent())
    assert told.found.problem is None


def test_the_command_line_prints_tables_and_json(reviews: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = f"table:{reviews}?text=review&label=stars&split=part"
    assert main(["data", "inspect", source, "--missing", "stars=drop"]) == 0
    printed = capsys.readouterr()
    assert "words: 3 to 8 █···▂▂, median 3" in printed.out
    assert "near duplicates: 1 (of 1 samples)" in printed.out
    assert "'stars' was missing in 1 row (reviews.csv:6): the rows were dropped" in printed.err
    assert main(["data", "inspect", source, "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["missing"][0]["first"] == ["reviews.csv:6"]
    assert found["texts"]["words"]["max"] == 8
    assert found["near_duplicates"][0]["splits"] == ["train", "test"]


def test_the_page_shows_examples_escaped_and_asks_for_nothing(
    reviews: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "reviews.html"
    assert main(["data", "inspect", f"table:{reviews}?text=review&label=stars&split=part", "--html", str(page)]) == 0
    assert capsys.readouterr().out.endswith(f"page     {page}\n")
    text = page.read_text()
    assert "a dull &lt;b&gt;film&lt;/b&gt;" in text
    assert "<b>film" not in text
    titles = ("Leaks between splits", "Missing values", "Classes", "Sizes", "Duplicates", "Near duplicates", "Examples")
    for title in titles:
        assert f"<h2>{title}</h2>" in text
    assert "2 groups of duplicates in more than one declared split" in text
    asked = Requests()
    asked.feed(text)
    assert asked.found == []


def test_hidden_and_turning_characters_are_shown_as_escapes_on_the_page(tmp_path: Path) -> None:
    name, shown = "good\u202egnp\u200b\x9b", r"good\u202egnp\u200b\x9b"
    rows = [f"{name} {each},{(name, 'bad')[each % 2]}" for each in range(8)]
    (tmp_path / "reviews.csv").write_text("\n".join(["review,stars", *rows, rows[0], "empty,"]), encoding="utf-8")
    page = tmp_path / "page.html"
    source = f"table:{tmp_path / 'reviews.csv'}?text=review&label=stars"
    assert main(["data", "inspect", source, "--html", str(page), "--quiet"]) == 0
    text = page.read_text(encoding="utf-8")
    assert text == printable(text)
    assert f'<td class="name">{shown}</td>' in text
    assert f'<blockquote dir="auto">{shown} 0</blockquote>' in text


def test_an_unwritable_page_is_reported_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "inspect", "table:none.csv", "--html", str(tmp_path / "no" / "a.html")]) == 2
    assert "no folder" in capsys.readouterr().err


@pytest.mark.slow
def test_a_backbone_finds_wrong_labels_of_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    rows = np.flatnonzero(digits.target < 3)[:90]
    labels = digits.target[rows].copy()
    labels[5] = (labels[5] + 1) % 3
    np.savez(tmp_path / "set.npz", x=(digits.images[rows] * 15).astype(np.uint8), y=labels)
    page = tmp_path / "set.html"
    words = ["data", "inspect", f"arrays:{tmp_path / 'set.npz'}", "--backbone", "glyphnet", "--html", str(page)]
    assert main([*words, "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["suspects"][0]["sample"] == "set.npz[5]"
    assert "Likely wrong labels" in page.read_text()
    assert main([*words, "--quiet"]) == 0
    assert f"set.npz[5]    {labels[5]}" in capsys.readouterr().out


@pytest.mark.slow
def test_a_backbone_counts_tokens_and_finds_wrong_labels_of_texts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = {"good": ("wonderful", "superb", "lovely"), "bad": ("awful", "boring", "dreadful")}
    rows = [(f"a {words[label][at % 3]} film number {at}", label) for at in range(20) for label in words]
    rows[8] = (rows[8][0], "bad")
    (tmp_path / "t.csv").write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    source = f"table:{tmp_path / 't.csv'}?text=text&label=label"
    assert main(["data", "inspect", source, "--backbone", "static.minilm", "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(each["index"], each["suggested"]) for each in found["suspects"]] == [(8, "good")]
    assert found["tokens"]["tokens"]["min"] >= 5
    assert found["tokens"]["truncated"] == 0
    assert sum(count for _, _, count in found["tokens"]["tokens"]["histogram"]) == found["tokens"]["counted"] == 40


def test_text_lengths_are_reported_before_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{'word ' * (1 + at % 4)}{'more ' * (30 if at == 7 else 0)},{'xy'[at % 2]}" for at in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    words = ["train", "--data", f"table:{tmp_path / 't.csv'}?text=text&label=label", "--backbone", "static.minilm"]
    assert main([*words, "--sequence-length", "8", "--epochs", "1", "--explain"]) == 0
    told = capsys.readouterr().err
    assert "texts have 1 to 34 tokens ██·|········▁, median 2.5, 95 % have at most 4; 2.5% are cut to 8" in told


class Requests(HTMLParser):
    """Collects what a browser would fetch from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "href"} and not (value or "").startswith(("data:", "#")):
                self.found.append(f"{tag} {value}")
