"""The arguments of the verbs are the fields of Recipe, with their types and descriptions."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any, get_args, get_origin

import pytest

import tlzoo
from tlzoo.api.recipe_arguments import TimedRecipeArguments, recipe_values
from tlzoo.errors import UsageError
from tlzoo.runs import Recipe, read_recipe
from tlzoo.runs.argument import arguments_of

WRITTEN = {name: kind.__forward_arg__ for name, kind in TimedRecipeArguments.__annotations__.items()}
GIVEN_OTHERWISE = {
    "data": "tlzoo.data.DataLike | None",
    "target": "tlzoo.data.DataLike | None",
    "target_test": "tlzoo.data.DataLike | None",
    "head": "Choice | None",
    "strategy": "Choice | None",
    "augment": "Choice | KerasObject | None",
    "budget": "TimeBudget | None",
    "calibrate": "str | bool | None",
    "coverage": "str | float | None",
    "missing": "str | Mapping[str, str] | None",
    "licences": "str | Sequence[str] | None",
    "optimizer": "str | KerasObject | None",
    "loss": "str | KerasObject | None",
    "metrics": "str | Sequence[str | KerasObject] | None",
    "export": "str | Sequence[str] | None",
}
"""Fields for which Python takes more than what the recipe keeps."""


def kinds(annotation: Any) -> set[type]:
    """Return the plain types in an annotation; the type of its values for a Literal."""
    parts = get_args(annotation)
    if get_origin(annotation) is not None and parts:
        return set().union(*(kinds(part) for part in parts))
    return {annotation} if isinstance(annotation, type) else {type(annotation)}


def test_every_field_but_the_origin_is_an_argument() -> None:
    assert Recipe.model_fields.keys() - arguments_of(Recipe.model_fields) == {"origin"}
    assert WRITTEN.keys() == arguments_of(Recipe.model_fields).keys()


@pytest.mark.parametrize("name", arguments_of(Recipe.model_fields))
def test_the_written_type_is_that_of_the_field(name: str) -> None:
    if name in GIVEN_OTHERWISE:
        assert WRITTEN[name] == GIVEN_OTHERWISE[name]
        return
    kept = {int: "int", str: "str"}
    (kind,) = {kept[each] for each in kinds(Recipe.model_fields[name].annotation) if each in kept}
    assert WRITTEN[name] == f"{kind} | None"


@pytest.mark.parametrize("verb", [tlzoo.train, tlzoo.explain, tlzoo.tune])
def test_signature_and_help_of_a_verb_show_every_field(verb: Callable[..., Any]) -> None:
    shown = inspect.signature(verb).parameters
    for name, kind in WRITTEN.items():
        assert (shown[name].kind, shown[name].default) == (inspect.Parameter.KEYWORD_ONLY, None)
        if (verb, name) != (tlzoo.tune, "budget"):  # that of the search
            assert shown[name].annotation == kind
            assert f"\n    {name}: {Recipe.model_fields[name].description}" in str(verb.__doc__)
    assert "fields" not in shown


def test_a_field_has_a_description() -> None:
    assert all(field.description for field in Recipe.model_fields.values())


def test_an_unknown_argument_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="no argument 'bakbone'; did you mean 'backbone'"):
        tlzoo.train(data="digits:", bakbone="glyphnet")  # type: ignore[call-arg]
    with pytest.raises(UsageError, match="no argument 'origin'"):
        recipe_values({"origin": {}})


def test_a_budget_in_python_is_a_text_or_seconds() -> None:
    values = {"data": "digits:", "backbone": "glyphnet"}
    assert Recipe.model_validate(values | {"budget": 300}).budget == "300s"
    assert Recipe.model_validate(values | {"budget": 0.25}).seconds == 0.25
    assert Recipe.model_validate(values | {"budget": "5m"}).seconds == 300
    for wrong, said in (
        ("5", "budget: '5' has no unit; use 5s for seconds"),
        ([], "budget: .* is not a duration; use a string"),
    ):
        with pytest.raises(UsageError, match=said):
            read_recipe(None, values | {"budget": wrong})


@pytest.mark.parametrize("given", [3, ["lp-ft"]])
def test_an_unknown_head_or_strategy_is_refused(given: Any) -> None:
    with pytest.raises(UsageError, match=r"is not a head, strategy or augmentation; give a name"):
        tlzoo.train(data="digits:", backbone="glyphnet", strategy=given)


def test_the_values_of_a_field_are_in_the_documentation() -> None:
    assert "    weights: initial weights" in str(tlzoo.train.__doc__)
    assert "one of pretrained, random." in str(tlzoo.train.__doc__)


def test_annotations_of_the_public_verbs_resolve_without_tensorflow() -> None:
    code = """
import sys, typing, tlzoo
from tlzoo.api.recipe_arguments import TimedRecipeArguments
verbs = [each for each in map(tlzoo.__getattr__, tlzoo.__all__) if not isinstance(each, type)]
verbs.remove(tlzoo.build)  # it returns a keras.Model, and Keras imports TensorFlow
found = {each.__name__: typing.get_type_hints(each) for each in verbs}
print(len(verbs), found["train"]["return"] == tlzoo.Run | tlzoo.runs.RunSet, "tensorflow" in sys.modules)
print(tlzoo.heads.Head in typing.get_args(typing.get_type_hints(TimedRecipeArguments)["head"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["43", "True", "False", "True"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x", r"no argument 'x'; give data=\(x, y\)"),
        ("validation_data", "no argument 'validation_data'; give data={\"train\": "),
        ("class_weight", "give balance='class-weights'"),
        ("learning_rate", r"optimizer=keras.optimizers.Adam\(1e-4\)"),
    ],
)
def test_arguments_of_fit_are_refused_with_those_of_tlzoo(name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        recipe_values({name: 1})


def test_inputs_and_labels_as_two_arguments_are_refused() -> None:
    train: Any = tlzoo.train
    with pytest.raises(UsageError, match=r"train takes data as one argument; got 2; write train\(\(x, y\), …\)"):
        train([[0.0]], [1])
