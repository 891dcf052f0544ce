"""`tlzoo list` and `tlzoo show`, run as a user runs them."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys

import pytest


@pytest.fixture
def acme(distributions):
    more = (
        "measured = { parameters = 3500000, flops = 600000000, feature_shape = [7, 7, 1280] }\n"
        'reported = [{ metric = "top1", value = 0.713, data = "pets", source = "https://example.org" }]\n'
    )
    distributions.add("acme", entries=("acme/zeta.pets", "acme/net10.pets", "acme/net9.pets"), more=more)
    return distributions


def test_json_is_an_array_of_objects(acme) -> None:
    rows = json.loads(acme.tlzoo("list", "acme/", "--json").stdout)
    assert [row["id"] for row in rows] == ["acme/net9.pets", "acme/net10.pets", "acme/zeta.pets"]
    assert rows[0]["params"] == 3_500_000
    assert rows[0] | {"modality": "vision", "plugin": "acme", "installed": True} == rows[0]


def test_where_the_weights_are(acme) -> None:
    rows = json.loads(acme.tlzoo("list", "acme/", "--json", "--columns", "weights").stdout)
    assert rows == [{"weights": "packaged"}] * 3


def test_columns_choose_the_keys(acme) -> None:
    rows = json.loads(acme.tlzoo("list", "net9", "--json", "--columns", "id,top1").stdout)
    assert rows == [{"id": "acme/net9.pets", "top1": 0.713}]


def test_a_column_may_be_a_metric_that_no_entry_left_over_reports(distributions) -> None:
    more = 'reported = [{ metric = "miou", value = 0.4, data = "streets", source = "https://example.org" }]\n'
    distributions.add("acme", entries=("acme/zeta.pets", "acme/net9.pets"), more=more)
    rows = json.loads(distributions.tlzoo("list", "acme/*", "--json", "--columns", "id,miou").stdout)
    assert rows == [{"id": "acme/net9.pets", "miou": 0.4}, {"id": "acme/zeta.pets", "miou": None}]
    rows = json.loads(distributions.tlzoo("list", "zeta", "--json", "--columns", "id,miou").stdout)
    assert rows == [{"id": "acme/zeta.pets", "miou": None}]


def test_nothing_found_is_an_empty_array(acme) -> None:
    done = acme.tlzoo("list", "zzz", "--json")
    assert json.loads(done.stdout) == []


def test_a_field_with_a_minus_sorts_down(acme) -> None:
    done = acme.tlzoo("list", "acme/*", "--sort", "-params", "--columns", "id,params")
    assert done.stdout.splitlines() == [
        "id               params",
        "acme/net9.pets     3.5M",
        "acme/net10.pets       -",
        "acme/zeta.pets        -",
    ]


def test_a_long_line_is_not_wrapped_when_piped(acme) -> None:
    done = acme.tlzoo("list", "acme/*", "--columns", "id,summary,licence,input,features,tags,plugin,data,paper")
    assert len(done.stdout.splitlines()) == 4


def test_a_misspelt_name_gets_a_did_you_mean_and_no_table(acme) -> None:
    done = acme.tlzoo("list", "zzeta")
    assert (done.stdout, done.stderr) == ("", "no entry matches; did you mean 'acme/zeta.pets'?\n")


def test_a_name_that_fits_is_not_suggested_where_a_condition_leaves_nothing(acme) -> None:
    done = acme.tlzoo("list", "zeta", "--where", "params > 1T")
    left_out = "1 entry excluded because of unknown params; 'params unknown or …' includes them\n"
    assert (done.stdout, done.stderr) == ("", f"{left_out}no entry matches; `tlzoo list` lists all\n")


def test_help_names_the_fields(acme) -> None:
    said = " ".join(acme.tlzoo("list", "--help").stdout.split())
    assert "params, flops, size, input, image_size" in said


def test_missing_packages_are_listed_with_their_install_command(acme, monkeypatch, tmp_path) -> None:
    index = tmp_path / "house.toml"
    index.write_text(
        'format = 1\n[plugins.house]\nrequirement = "house>=1"\napi = ">=0.1"\nnamespaces = ["house"]\n'
        '[entries."house/net.pets"]\nsummary = "x"\nmodality = "vision"\nloader = "net"\nlicence = "MIT"\n'
        'files.weights.source = "package:house/x.h5"\ninput = { kind = "image", size = [8, 8] }\n'
        'features = { kind = "map" }\n'
    )
    acme.environment["TLZOO_REGISTRY"] = str(index)
    done = acme.tlzoo("list", "house/")
    assert re.search(r"house/net.pets .* plugin missing$", done.stdout, re.MULTILINE)
    assert "1 from the plugin house, not installed: " in done.stderr
    assert "pip install 'house>=1'" in done.stderr
    assert acme.tlzoo("list", "house/", "--quiet").stderr == ""


def test_a_card_is_printed_and_is_an_object(acme) -> None:
    card = acme.tlzoo("show", "net9").stdout
    assert card.startswith("acme/net9.pets\nAn entry made for a test\n\nbackbone\n")
    assert "71.3 % on pets (https://example.org)" in card
    assert json.loads(acme.tlzoo("show", "net9", "--json").stdout)["measured"]["parameters"] == 3_500_000


def test_a_terminal_gets_a_table(acme) -> None:
    shown = in_a_terminal(acme, 90, "list", "acme/*")
    assert "─" in shown
    assert "acme/net9.pets" in shown
    assert "columns left out for lack of width: licence, weights" in shown


def test_a_card_fits_a_terminal_and_keeps_addresses_whole(acme) -> None:
    shown = in_a_terminal(acme, 40, "show", "net9")
    assert "package:acme/weights.h5" in shown
    assert "tlzoo train --data images:" in " ".join(shown.split())
    assert max(len(line) for line in shown.splitlines() if line.count(" ") > 9) <= 40


def in_a_terminal(acme, columns: int, *words: str) -> str:
    """Return what a command shows in a terminal of that width, without colours."""
    master, slave = pty.openpty()
    environment = acme.environment | {"COLUMNS": str(columns), "TERM": "xterm-256color", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "tlzoo.cli", *words]
    subprocess.run(command, env=environment, stdout=slave, stderr=slave, check=True)
    os.close(slave)
    shown = os.read(master, 100_000).decode()
    os.close(master)
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)
