"""`tlzoo plugins list`."""

from __future__ import annotations

import json


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


def test_a_broken_one_does_not_keep_others_from_being_listed(distributions) -> None:
    distributions.add("acme", "raise RuntimeError('no luck')", entries=("acme/net.pets",))
    assert "acme/net.pets" in distributions.tlzoo("list").stdout


def test_the_table_is_plain_when_piped(distributions) -> None:
    lines = distributions.tlzoo("plugins", "list").stdout.splitlines()
    assert lines[0].split() == ["plugin", "version", "status", "entries"]
    assert lines[1].split()[0] == "tlzoo"
