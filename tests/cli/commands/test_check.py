"""`tlzoo check`: the kit on the command line."""

from __future__ import annotations

import json

import pytest

from tlzoo.cli import main

STRATEGY = """
from tlzoo.strategies import Phase, Share, Strategy, head


class HeadOnly(Strategy):
    rate: float = 1e-3

    def phases(self, job):
        yield Phase(name="head", train=head(), budget=Share(0.25), rates=self.rate)


class Demanding(HeadOnly):
    factor: float
"""
LOADER = """
from tlzoo.plugins import hookimpl

@hookimpl
def tlzoo_backbones():
    def tiny(entry, files, request):
        raise RuntimeError("not today")
    return {"tiny": tiny}
"""


def test_a_strategy_from_a_file(tmp_path, capsys) -> None:
    file = tmp_path / "mine.py"
    file.write_text(STRATEGY)
    assert main(["check", f"{file}:HeadOnly", "--json"]) == 0
    done = capsys.readouterr()
    result = json.loads(done.out)
    assert set(result) == {"checks", "run", "failed", "skipped"}
    assert (result["run"], result["failed"], result["skipped"]) == (5, 0, 0)
    assert {(each["outcome"], each["reason"]) for each in result["checks"]} == {("passed", None)}
    assert "options-have-defaults passed" in done.err


def test_a_failed_check_exits_with_1(tmp_path, capsys) -> None:
    file = tmp_path / "mine.py"
    file.write_text(STRATEGY)
    assert main(["check", f"{file}:Demanding", "--quiet"]) == 1
    done = capsys.readouterr()
    rows = done.out.splitlines()
    assert rows[0].split() == ["subject", "check", "outcome", "reason"]
    assert "options-have-defaults" in rows[1]
    assert "failed" in rows[1]
    assert "factor" in rows[1]
    assert done.err == ""


def test_a_plugin_is_checked_with_its_entries(distributions, capsys) -> None:
    distributions.add("acme", LOADER, entries=("acme/net.pets",))
    assert main(["check", "acme", "--json", "--quiet"]) == 1
    result = json.loads(capsys.readouterr().out)
    subjects = {each["subject"] for each in result["checks"]}
    assert subjects == {"acme", "acme/net.pets"}
    failed = [(each["name"], each["reason"]) for each in result["checks"] if each["outcome"] == "failed"]
    assert failed == [("loads", "RuntimeError: not today")]


def test_an_entry_by_its_short_name(distributions, capsys) -> None:
    distributions.add("acme", LOADER, entries=("acme/net.pets",))
    assert main(["check", "net", "--json", "--quiet"]) == 1
    assert {each["subject"] for each in json.loads(capsys.readouterr().out)["checks"]} == {"acme/net.pets"}


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [("acmee", 2, "did you mean 'acme'?"), ("acme/nett.pets", 3, "did you mean 'acme/net.pets'?")],
)
def test_an_unknown_name(distributions, capsys, what, code, said) -> None:
    distributions.add("acme", LOADER, entries=("acme/net.pets",))
    assert main(["check", what]) == code
    assert said in capsys.readouterr().err


def test_a_disabled_broken_plugin_fails(distributions, capsys) -> None:
    distributions.add("acme", LOADER, entries=("acme/net.pets",), api=">=9")
    assert main(["check", "acme", "--quiet"]) == 1
    assert "incompatible" in capsys.readouterr().out
