"""Options of the shell are made from the fields of Recipe."""

from __future__ import annotations

import argparse

import pytest

from tlzoo.cli.arguments.recipe import add_recipe_arguments, recipe_overrides
from tlzoo.errors import UsageError
from tlzoo.runs import Recipe
from tlzoo.runs.argument import arguments_of

VALUES = {
    "target": "images:a",
    "target_test": "images:b",
    "epochs": "3",
    "missing": "a=drop",
    "image_size": "32",
    "budget": "5m",
    "metrics": "AUC",
    "licences": "MIT",
    "fold": "2/5",
    "coverage": "90%",
    "thresholds": "f1",
}
"""A value for the options whose type or checks do not take the word that is tried for others."""


def parser(**options: tuple[str, ...]) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(exit_on_error=False)
    add_recipe_arguments(made, **options)
    return made


@pytest.mark.parametrize("name", arguments_of(Recipe.model_fields))
def test_every_field_has_an_option_with_its_description_and_its_values(name: str) -> None:
    actions = {each.dest: each for each in parser()._actions}
    field, action = Recipe.model_fields[name], actions[name]
    assert action.option_strings == [f"--{name.replace('_', '-')}"]
    assert str(action.help).replace("%%", "%").startswith(str(field.description))
    (word, *_) = action.choices or [VALUES.get(name, "1")]
    given = recipe_overrides(parser().parse_args([action.option_strings[0], word]))
    assert set(given) == {name}
    assert getattr(Recipe.model_validate({"data": "digits:", "backbone": "x"} | given), name) is not None


def test_options_of_a_component_go_with_its_name() -> None:
    words = ["--strategy", "fine-tune", "-S", "rate=0.1", "-H", "dropout=0.5", "--strategy", "lp-ft", "-S", "tail=all"]
    assert recipe_overrides(parser().parse_args(words)) == {
        "strategy": {"name": "lp-ft", "rate": 0.1, "tail": "all"},
        "head": {"dropout": 0.5},
    }


def test_missing_arguments_override_nothing() -> None:
    assert recipe_overrides(parser().parse_args([])) == {}


def test_a_field_can_be_omitted() -> None:
    assert "--budget" not in parser(leave_out=("budget",)).format_help()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--epochs", "1", "--steps", "2"], "not allowed with argument --epochs"),
        (["--epochs", "0"], "must be a whole number of at least 1; got '0'"),
        (["--seed", "-1"], "must be a whole number of at least 0; got '-1'"),
        (["--image-size", "big"], "must be a whole number of at least 1; got 'big'"),
        (["--balance", "even"], "invalid choice: 'even'"),
    ],
)
def test_a_wrong_value_is_refused_as_a_word(words: list[str], said: str) -> None:
    with pytest.raises(argparse.ArgumentError, match=said):
        parser().parse_args(words)


@pytest.mark.parametrize(("flag", "field"), [("-S", "strategy"), ("-H", "head"), ("-A", "augment")])
def test_a_name_among_options_is_refused_with_the_option_that_takes_it(flag: str, field: str) -> None:
    with pytest.raises(UsageError, match=f"name=other is not an option of a {field}; use --{field} other"):
        recipe_overrides(parser().parse_args([flag, "name=other"]))
