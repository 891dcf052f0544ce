"""Suites of `tlzoo strategies bench`: what they may hold, and what is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlzoo.errors import EntryError, TlzooError, UsageError
from tlzoo.zoo.strategy_bench import read_suite

SET = '[sets.a]\ndata = "digits:"\nentries = ["glyphnet"]\n'


def test_a_case_for_each_set_entry_and_label_budget(tmp_path: Path) -> None:
    text = (
        "epochs = 3\n" + SET.replace('"glyphnet"', '"glyphnet", "identity.raw"') + "labels = [2, 5]\nbatch_size = 8\n"
    )
    (tmp_path / "mine.toml").write_text(text)
    suite = read_suite(tmp_path / "mine.toml")
    assert [case.name for case in suite.cases] == [
        f"a {entry} {labels} labels"
        for entry in ("vision/glyphnet.glyphs", "numeric/identity.raw")
        for labels in (2, 5)
    ]
    assert suite.cases[0].recipe(7) == {
        "data": "digits:", "backbone": "vision/glyphnet.glyphs", "seed": 7, "export": (), "per_class": 2,
        "epochs": 3, "batch_size": 8,
    }  # fmt: skip


def test_the_packaged_suite_needs_no_network() -> None:
    suite = read_suite()
    assert {case.data for case in suite.cases} == {"digits:", "materials:"}
    assert suite.cases[0].fields["epochs"] == 5


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (SET.replace("glyphnet", "glifnet"), EntryError, r"suite.toml: set 'a': no entry 'glifnet'"),
        (SET + "epoch = 3\n", UsageError, r"suite.toml: set 'a': unknown field 'epoch'; did you mean 'epochs'"),
        ("seed = 3\n" + SET, UsageError, r"suite.toml: unknown field 'seed'"),
        (SET + "epochs = 0\n", UsageError, r"suite.toml: set 'a': epochs: .*; got 0|suite.toml: set 'a': epochs"),
        (SET + "labels = [5, 5]\n", UsageError, r"suite.toml: 'a 5 labels' is there twice"),
        (SET + "labels = [0]\n", UsageError, r"sets.a.labels.0: input should be greater than 0"),
        (SET.replace('["glyphnet"]', "[]"), UsageError, r"sets.a.entries: tuple should have at least 1 item"),
        ("[sets.a]\n", UsageError, r"sets.a.data: field required; each table \[sets.NAME\] needs data and entries"),
        ("", UsageError, r"sets: field required"),
        ("[[", UsageError, r"suite.toml"),
        ("format = 9\n" + SET, UsageError, r"has format 9, but this version of tlzoo reads formats up to 1"),
    ],
)
def test_a_wrong_suite_is_one_line(tmp_path: Path, text: str, kind: type[TlzooError], message: str) -> None:
    (tmp_path / "suite.toml").write_text(text)
    with pytest.raises(kind, match=message) as refused:
        read_suite(tmp_path / "suite.toml")
    assert "\n" not in str(refused.value)


def test_a_missing_suite_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no suite '.*nowhere.toml': No such file"):
        read_suite(tmp_path / "nowhere.toml")
