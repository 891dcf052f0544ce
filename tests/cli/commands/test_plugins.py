"""`tlzoo plugins list`."""

from __future__ import annotations

import json
import subprocess
import sys

WITHOUT_TENSORFLOW = """
import sys
sys.modules["tensorflow"] = sys.modules["keras"] = None
from tlzoo.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_each_comes_with_its_status_and_a_fix(distributions) -> None:
    distributions.add("acme", "raise RuntimeError('no luck')")
    distributions.add("good", entries=("good/net.pets",))
    rows = {row["name"]: row for row in json.loads(distributions.tlzoo("plugins", "list", "--json").stdout)}
    assert rows["acme"]["status"] == "broken"
    assert rows["acme"]["error"] == "RuntimeError: no luck"
    assert rows["acme"]["fix"] == "upgrade or uninstall 'acme'"
    assert rows["good"] == {
        "name": "good", "version": "1.0", "status": "ok", "entries": 1, "error": None, "fix": None,
    }  # fmt: skip
    assert rows["tlzoo"]["status"] == "ok"


def test_hooks_are_asked_without_tensorflow() -> None:
    command = [sys.executable, "-c", WITHOUT_TENSORFLOW, "plugins", "list", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert {row["name"]: row["error"] for row in json.loads(done.stdout) if row["status"] != "disabled"} == {
        "tlzoo": None, "tlzoo-rl": None, "tlzoo-text": None, "tlzoo-vision": None,
    }  # fmt: skip


def test_a_broken_one_does_not_keep_others_from_being_listed(distributions) -> None:
    distributions.add("acme", "raise RuntimeError('no luck')", entries=("acme/net.pets",))
    assert "acme/net.pets" in distributions.tlzoo("list").stdout


def test_the_table_is_plain_when_piped(distributions) -> None:
    lines = distributions.tlzoo("plugins", "list").stdout.splitlines()
    assert lines[0].split() == ["plugin", "version", "status", "entries"]
    assert lines[1].split()[0] == "tlzoo"


def test_a_disabled_one_is_not_imported_until_it_is_enabled(distributions) -> None:
    distributions.add("acme", "raise SystemExit('imported')", entries=("acme/net.pets",))
    (row,) = json.loads(distributions.tlzoo("plugins", "disable", "acme", "--json").stdout)
    assert (row["status"], row["fix"]) == ("disabled", "run `tlzoo plugins enable acme`")
    rows = {row["name"]: row["status"] for row in json.loads(distributions.tlzoo("plugins", "list", "--json").stdout)}
    assert rows["acme"] == "disabled"
    listed = json.loads(distributions.tlzoo("list", "acme/*", "--json").stdout)
    assert [row["installed"] for row in listed] == [False]
    (row,) = json.loads(distributions.tlzoo("plugins", "enable", "acme", "--json").stdout)
    assert row["status"] == "ok"
    assert json.loads(distributions.tlzoo("list", "acme/*", "--json").stdout)[0]["installed"]


def test_one_that_is_gone_can_be_enabled(distributions) -> None:
    folder = distributions.add("acme")
    distributions.tlzoo("plugins", "disable", "acme")
    folder.rename(folder.with_name("gone"))
    (distributions.folder / "acme-1.0.dist-info").rename(distributions.folder / "gone-too")
    assert distributions.tlzoo("plugins", "enable", "acme", "--json").stdout == "[]\n"


def test_the_core_cannot_be_disabled(distributions) -> None:
    assert "cannot be disabled" in distributions.tlzoo("plugins", "disable", "tlzoo", code=2).stderr


def test_an_unknown_name_gets_a_did_you_mean(distributions) -> None:
    distributions.add("acme")
    done = distributions.tlzoo("plugins", "disable", "acne", code=3)
    assert "no plugin 'acne' is installed; did you mean 'acme'?" in done.stderr
