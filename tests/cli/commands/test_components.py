"""`tlzoo strategies`, `heads`, `adapters`, `scores` and `objectives`."""

from __future__ import annotations

import json

import pytest

from tlzoo.cli import main


def listed(capsys, *words: str) -> list[dict]:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


STRATEGIES = {
    "domain-adaptation",
    "feature-extraction",
    "fine-tune",
    "from-scratch",
    "gradual-unfreezing",
    "lp-ft",
    "multi-step",
    "surgical",
}


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("strategies", STRATEGIES),
        ("heads", {"linear", "mlp"}),
        ("scores", {"h-score", "knn", "leep", "linear-probe", "logme", "nce"}),
        ("objectives", {"tlzoo/adabn", "tlzoo/coral", "tlzoo/dann", "tlzoo/mcc", "tlzoo/mmd"}),
        ("tasks", {"classification", "multi-label", "regression"}),
        ("adapters", {"images", "arrays", "digits", "table"}),
    ],
)
def test_those_of_the_core_are_there_with_a_summary(capsys, command, names) -> None:
    rows = {row["name"]: row for row in listed(capsys, command) if row["plugin"] == "tlzoo"}
    assert names <= set(rows)
    assert all(row["summary"] for row in rows.values())


def test_options_come_with_type_default_and_description(capsys) -> None:
    (mlp,) = listed(capsys, "heads", "mlp")
    options = {option.pop("name"): option for option in mlp["options"]}
    assert options["dropout"] == {
        "type": "number >= 0 and < 1",
        "required": False,
        "default": 0.5,
        "description": "dropout rate of the hidden units",
    }
    assert options["units"]["type"] == "[integer > 0, …]"
    assert options["units"]["default"] == [512]
    assert options["activation"]["type"].startswith("relu | gelu")
    assert options["batch_normalization"]["type"] == "true | false"


def test_every_option_of_the_core_is_described(capsys) -> None:
    for command in ("strategies", "heads", "objectives"):
        for row in listed(capsys, command):
            assert all(option["description"] for option in row["options"]), row["name"]


def test_a_component_is_shown_with_its_summary_and_options(capsys) -> None:
    assert main(["strategies", "multi-step"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("multi-step (tlzoo)\n\nUnfreeze the network in three steps")
    assert "top_stages    integer > 0" in shown


def test_a_plugins_own_are_among_them(distributions, capsys) -> None:
    def body():
        from tlzoo.plugins import hookimpl

        @hookimpl
        def tlzoo_strategies():
            from tlzoo.strategies import Strategy

            class Odd(Strategy):
                rate: float

                def phases(self, job):
                    yield

            return {"odd": Odd}

    distributions.add("acme", body)
    (odd,) = listed(capsys, "strategies", "odd")
    assert odd["plugin"] == "acme"
    assert odd["summary"] == ""
    assert odd["options"] == [{"name": "rate", "type": "number", "required": True, "default": None, "description": ""}]
    assert main(["strategies", "odd"]) == 0
    assert "required" in capsys.readouterr().out


def test_an_objective_of_the_core_is_shown_without_its_namespace(capsys) -> None:
    (coral,) = listed(capsys, "objectives", "coral")
    assert (coral["name"], coral["plugin"]) == ("tlzoo/coral", "tlzoo")
    assert [option["name"] for option in coral["options"]] == ["weight", "at"]


def test_an_unknown_name_is_wrong_usage(capsys) -> None:
    assert main(["heads", "liner"]) == 2
    assert capsys.readouterr().err == "tlzoo: no head 'liner'; did you mean 'linear'?\n"
