"""A ranking as CSV: numbers stay numbers, and no name is a formula."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import tlzoo
from tlzoo.zoo.ranking.output.table_file import write_csv
from tlzoo.zoo.ranking.result import Ranked, Ranking

ROOT = Path(tlzoo.__file__).parents[1]


def rows_of(path: Path, *entries: Ranked) -> list[dict[str, str]]:
    """Write a ranking of these entries, and return its rows as any reader of CSV has them."""
    write_csv(path, Ranking("digits:", "0", ("a", "b"), 10, 20, 0, "logme", "here", entries))
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ('=HYPERLINK("http://a")', '\'=HYPERLINK("http://a")'),
        ("+1", "'+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", r"\t=1"),
        ("\r=1", r"\r=1"),
        ("a\n=1", r"a\n=1"),
        ("\u202e=1", r"\u202e=1"),
        ("keras/net-v2.imagenet", "keras/net-v2.imagenet"),
        ("a=1+1", "a=1+1"),
        ("", ""),
    ],
)
def test_a_name_that_is_a_formula_is_written_as_text(tmp_path: Path, name: str, cell: str) -> None:
    entry = Ranked(name, {"logme": 0.5}, {}, 10, {f"{name} cost": 1.0}, {f"{name} top": 2.0})
    (row,) = rows_of(tmp_path / "a.csv", entry)
    assert row["id"] == cell
    assert [each for each in row if each.endswith(" cost")] == [f"{cell} cost" if name else " cost"]
    assert [each for each in row if each.endswith(" top")] == [f"{cell} top" if name else " top"]


def test_numbers_below_zero_stay_numbers_and_what_is_not_known_is_empty(tmp_path: Path) -> None:
    nan = float("nan")
    entry = Ranked("a", {"logme": -0.25, "knn": nan}, {"logme": (-0.5, 1e-12)}, 10, {"ms": None}, group=2, front=True)
    (row,) = rows_of(tmp_path / "a.csv", entry)
    assert row == {
        "place": "1",
        "id": "a",
        "group": "2",
        "front": "yes",
        "samples": "10",
        "logme": "-0.25",
        "logme low": "-0.5",
        "logme high": "1e-12",
        "knn": "",
        "knn low": "",
        "knn high": "",
        "ms": "",
    }


def test_nothing_else_writes_csv() -> None:
    writes = re.compile(r"csv\.writer|DictWriter|to_csv|write_csv\(")
    sources = [*(ROOT / "tlzoo").rglob("*.py"), *ROOT.glob("plugins/*/tlzoo_*/**/*.py")]
    found = {path.name for path in sources if writes.search(path.read_text(encoding="utf-8"))}
    assert found == {"table_file.py", "rank.py"}  # and `tlzoo rank` calls the former
